import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import test from 'node:test';
import { candidates, find, fits, ownPython, which, type Places } from '../../src/server/find.ts';

function place(): { folder: string; places: Places; program: (name: string, text: string) => string } {
    const folder = mkdtempSync(path.join(tmpdir(), 'postil-find-'));
    const program = (name: string, text: string): string => {
        const file = path.join(folder, name);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, `#!/bin/sh\n${text}\n`);
        chmodSync(file, 0o755);
        return file;
    };
    const places = {
        setting: '', path: `${folder}/a:${folder}/b`, pathExt: '', interpreter: '', own: `${folder}/own`, home: folder, windows: false,
    };
    return { folder, places, program };
}

test('the setting is all that counts when there is one', async () => {
    const { places, program } = place();
    program('a/postil', 'echo 1.2.3');
    const { found, tried } = await find({ ...places, setting: '/nowhere/postil' });
    assert.equal(found, undefined);
    assert.deepEqual(tried.map((one) => [one.origin, one.command]), [['setting', '/nowhere/postil']]);
    assert.match(tried[0]?.why ?? '', /ENOENT/);
});

test('a tilde is the home folder', () => {
    const { places, folder } = place();
    assert.equal(candidates({ ...places, setting: '~/bin/postil' })[0]?.command, `${folder}/bin/postil`);
});

test('PATH comes first, then the interpreter, then our own', async () => {
    const { places, folder, program } = place();
    const python = program('python', 'test "$1 $2 $3" = "-P -m postil" && echo 3.1.0');
    program('own/bin/python', 'echo 2.0.0');
    assert.equal((await find({ ...places, interpreter: python })).found?.version, '3.1.0');
    assert.deepEqual((await find(places)).found, {
        command: `${folder}/own/bin/python`, args: ['-P', '-m', 'postil'], origin: 'own', version: '2.0.0',
    });
    program('b/postil', 'echo 1.0.0');
    assert.equal((await find({ ...places, interpreter: python })).found?.version, '1.0.0');
});

test('what answers something else, or fails, is passed over and told', async () => {
    const { places, folder, program } = place();
    program('a/postil', 'echo a mail server');
    program('own/bin/python', 'echo "No module named postil" >&2; exit 1');
    const { found, tried } = await find(places);
    assert.equal(found, undefined);
    assert.deepEqual(tried.map((one) => one.origin), ['PATH', 'own']);
    assert.match(tried[0]?.why ?? '', /mail server/);
    assert.match(tried[1]?.why ?? '', /No module named postil/);
    assert.equal(tried[0]?.command, `${folder}/a/postil`);
});

test('a relative folder of PATH is not looked at: it would be the workspace', () => {
    const { places } = place();
    assert.equal(which('sh', { ...places, path: '.:bin' }), '');
    assert.equal(which('sh', { ...places, path: '.:/bin' }), '/bin/sh');
});

test('where Windows keeps its Python', () => {
    assert.match(ownPython('x', true), /Scripts.python\.exe$/);
    assert.equal(ownPython('x', false), 'x/bin/python');
});

test('versions fit by their major and minor number', () => {
    assert.ok(fits('0.1.7', '0.1.0'));
    assert.ok(!fits('0.2.0', '0.1.0'));
    assert.ok(!fits('1.1.0', '0.1.0'));
});
