/** Writes the settings into package.json, and their English words into package.nls.json, from the server's own schema. */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const read = (name) => JSON.parse(readFileSync(here(name), 'utf8'));

/** What the client says itself, and what only the user's own file may name. */
const LEFT_OUT = new Set(['trust_workspace', 'mcp_servers']);
/** A workspace, which may be a stranger's, can't set these. */
const MACHINE = new Set([
    'ollama.host', 'ollama.allow_http', 'ollama.api_key_env', 'ollama.api_key_keyring', 'ollama.username', 'tls.ca_file',
    'openai.base_url', 'openai.api_key_env', 'openai.api_key_keyring', 'openai.allow_http',
    'pool.hosts', 'embedded.model_path', 'checks', 'server.path', 'server.args',
]);
/** May stand in a workspace, but counts only in one that is trusted. */
const RESTRICTED = ['engine', 'model.review', 'model.completion', 'review.exclude', 'review.personas', 'completion.persona'];

const OWN = {
    'server.path': ['general', { type: 'string', default: '' }, 'Path of `postil`. Empty: the one on PATH, else in the chosen Python, else the one that this extension installs.'],
    'server.args': ['general', { type: 'array', items: { type: 'string' }, default: [] }, 'Further arguments of `postil serve --stdio`.'],
    'trace.server': ['general', { type: 'string', enum: ['off', 'messages', 'verbose'], default: 'off' }, 'Write the messages between editor and server to the output channel Postil (protocol).'],
    'codeLens': ['editor', { type: 'boolean', default: false }, 'Show *Review* and *Explain* above each function.'],
    'previewFixes': ['editor', { type: 'boolean', default: true }, 'Show the difference before a fix is applied.'],
    'completion.disabledLanguages': ['completion', { type: 'array', items: { type: 'string' }, default: [] }, 'Languages (identifiers) in which nothing is completed.'],
};
const SECTIONS = ['general', 'review', 'completion', 'engine', 'editor'];
const SECTION = { review: 'review', actions: 'review', fix: 'review', checks: 'review', completion: 'completion', log_level: 'general' };

const camel = (key) => key.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());

function* leaves(schema, properties, path = []) {
    for (const [name, value] of Object.entries(properties)) {
        const reference = value.$ref ?? value.anyOf?.find((one) => one.$ref)?.$ref;
        if (reference) {
            yield* leaves(schema, schema.$defs[reference.split('/').pop()].properties, [...path, name]);
        } else {
            yield [[...path, name].join('.'), value];
        }
    }
}

/** An object of named things: each in VS Code's own words, which knows no references into another schema. */
function named(schema, value) {
    const { properties } = schema.$defs[value.additionalProperties.$ref.split('/').pop()];
    const inner = Object.entries(properties).map(([key, { type, default: fallback, description }]) => [camel(key), { type, default: fallback, description }]);
    return { type: 'object', default: {}, additionalProperties: { type: 'object', properties: Object.fromEntries(inner), additionalProperties: false } };
}

function shape(value) {
    const { description, title, anyOf, ...rest } = value;
    if (!anyOf) {
        return rest.enum ? { type: 'string', ...rest } : rest;
    }
    const choices = anyOf.find((one) => one.enum);
    if (choices) {
        // A switch, or one of a few words.
        return { ...rest, type: ['boolean', 'string'], enum: [false, true, ...choices.enum] };
    }
    const other = anyOf.find((one) => one.type !== 'null');
    return { ...rest, ...other, type: [other.type, 'null'] };
}

export function generated() {
    const schema = read('../../schema/postil.schema.json');
    const parts = Object.fromEntries(SECTIONS.map((name) => [name, {}]));
    const words = {};
    const add = (section, key, value, text) => {
        const name = `postil.${camel(key)}`;
        const scope = MACHINE.has(key) ? 'machine' : key === 'codeLens' ? 'language-overridable' : 'resource';
        parts[section][name] = { ...value, scope, markdownDescription: `%postil.config.${camel(key)}%` };
        words[`postil.config.${camel(key)}`] = text.replace(/\n/g, ' ');
    };
    for (const [key, value] of leaves(schema, schema.properties)) {
        if (!LEFT_OUT.has(key)) {
            const table = value.additionalProperties?.$ref;
            add(SECTION[key.split('.')[0]] ?? 'engine', key, table ? named(schema, value) : shape(value), value.description);
        }
    }
    for (const [key, [section, value, text]] of Object.entries(OWN)) {
        add(section, key, value, text);
    }
    const configuration = SECTIONS.map((name) => ({ title: `%postil.section.${name}%`, properties: parts[name] }));
    const restricted = [...MACHINE, ...RESTRICTED].map((key) => `postil.${camel(key)}`);
    return { configuration, words, restricted };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const { configuration, words, restricted } = generated();
    const manifest = read('package.json');
    manifest.contributes.configuration = configuration;
    manifest.capabilities.untrustedWorkspaces.restrictedConfigurations = restricted;
    const english = Object.fromEntries(Object.entries(read('package.nls.json')).filter(([key]) => !key.startsWith('postil.config.')));
    writeFileSync(here('package.json'), `${JSON.stringify(manifest, null, 4)}\n`);
    writeFileSync(here('package.nls.json'), `${JSON.stringify({ ...english, ...words }, null, 4)}\n`);
}
