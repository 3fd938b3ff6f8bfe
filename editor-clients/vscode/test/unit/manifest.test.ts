import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import test from 'node:test';
import { generated } from '../../scripts/manifest.mjs';
import { OWN } from '../../src/server/settings.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (name: string): any => JSON.parse(readFileSync(path.join(root, name), 'utf8'));

test('the settings are those of the server: node scripts/manifest.mjs writes them', () => {
    const manifest = read('package.json');
    const { configuration, words, restricted } = generated();
    assert.deepEqual(manifest.contributes.configuration, configuration);
    assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, restricted);
    const english = read('package.nls.json');
    for (const [key, text] of Object.entries(words)) {
        assert.equal(english[key], text);
    }
    const all = configuration.flatMap((part: any) => Object.entries<any>(part.properties));
    assert.ok(all.length > 35);
    for (const [name, value] of all) {
        assert.ok('default' in value && value.type && value.markdownDescription, name);
    }
    assert.deepEqual(OWN.filter((key) => !all.some(([name]) => name === `postil.${key}`)), []);
});

test('no workspace chooses hosts, keys, programs or weights', () => {
    const all = Object.assign({}, ...read('package.json').contributes.configuration.map((part: any) => part.properties));
    for (const key of ['ollama.host', 'ollama.allowHttp', 'openai.baseUrl', 'openai.apiKeyEnv', 'openai.apiKeyKeyring',
        'openai.allowHttp', 'embedded.modelPath', 'server.path', 'server.args']) {
        assert.equal(all[`postil.${key}`].scope, 'machine', key);
    }
});

test('every word of the manifest is there in both languages', () => {
    const used = [...readFileSync(path.join(root, 'package.json'), 'utf8').matchAll(/"%([\w.]+)%"/g)].map((match) => match[1]);
    for (const name of ['package.nls.json', 'package.nls.zh-cn.json']) {
        assert.deepEqual([...new Set(used)].sort(), Object.keys(read(name)).sort(), name);
    }
    const english = read('package.nls.json');
    const same = Object.entries(read('package.nls.zh-cn.json')).filter(([key, text]) => english[key] === text);
    assert.deepEqual(same.map(([key]) => key).sort(), ['postil.displayName', 'postil.section.general']);
});

test('every word of the code is in the Chinese bundle, with the same places', () => {
    const files = readdirSync(path.join(root, 'src'), { recursive: true }).map(String).filter((name) => name.endsWith('.ts'));
    const source = files.map((name) => readFileSync(path.join(root, 'src', name), 'utf8')).join('\n');
    const used = new Set([...source.matchAll(/\b(?:l10n\.)?t\(\s*'([^']+)'/g)].map((match) => match[1] ?? ''));
    const bundle = read('l10n/bundle.l10n.zh-cn.json');
    assert.deepEqual([...used].sort(), Object.keys(bundle).sort());
    const places = (text: string): string[] => (text.match(/\{\d\}/g) ?? []).sort();
    for (const [key, text] of Object.entries<string>(bundle)) {
        assert.deepEqual(places(text), places(key), key);
    }
});

test('the welcome texts lead to commands that exist', () => {
    const commands = new Set(read('package.json').contributes.commands.map((one: any) => one.command));
    for (const name of ['package.nls.json', 'package.nls.zh-cn.json']) {
        const linked = [...JSON.stringify(read(name)).matchAll(/\(command:([\w.]+)\)/g)].map((match) => match[1]);
        assert.ok(linked.length > 8);
        assert.deepEqual(linked.filter((command) => !commands.has(command)), []);
    }
});
