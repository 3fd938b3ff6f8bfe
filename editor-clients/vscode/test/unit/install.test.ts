import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import test from 'node:test';
import { install, requirementOf } from '../../src/server/install.ts';
import { newEnough, programs } from '../../src/server/pythons.ts';

/** A Python whose venv is a folder with a copy of itself; pip does what `pip` says. */
function python(pip: string): { folder: string; command: string } {
    const folder = mkdtempSync(path.join(tmpdir(), 'postil-install-'));
    const command = path.join(folder, 'python');
    writeFileSync(
        command,
        `#!/bin/sh
if [ "$1 $2 $3" = '-P -m venv' ]; then mkdir -p "$4/bin" && cp "$0" "$4/bin/python"; exit; fi
if [ "$1 $2 $3" = '-P -m pip' ]; then echo "$@" >> "${folder}/asked"; ${pip}; fi
`,
    );
    chmodSync(command, 0o755);
    return { folder, command };
}

const work = (folder: string, command: string, signal = new AbortController().signal) => ({
    python: { command, args: [], version: '3.11.0' }, folder: path.join(folder, 'own'), requirement: 'postil[embedded,agent]==9.9.9',
    windows: false, tell: (line: string) => void told.push(line), log: () => undefined, signal,
});
const told: string[] = [];

test('the environment is there when it is whole', async () => {
    const { folder, command } = python('echo "Collecting httpx"; exit 0');
    const made = await install(work(folder, command));
    assert.equal(made, path.join(folder, 'own/bin/python'));
    assert.ok(existsSync(made));
    assert.match(readFileSync(path.join(folder, 'asked'), 'utf8'), /install .*postil\[embedded,agent\]==9\.9\.9/);
    assert.ok(told.includes('fetching httpx'));
});

test('a failure leaves nothing, and says pip’s last words', async () => {
    const { folder, command } = python('echo "ERROR: No matching distribution" >&2; exit 1');
    await assert.rejects(install(work(folder, command)), /No matching distribution/);
    assert.ok(!existsSync(path.join(folder, 'own')) && !existsSync(path.join(folder, 'own.making')));
});

test('a failure keeps the environment that was there', async () => {
    const { folder, command } = python('exit 1');
    mkdirSync(path.join(folder, 'own'));
    await assert.rejects(install(work(folder, command)));
    assert.ok(existsSync(path.join(folder, 'own')));
});

test('cancelled, it stops and leaves nothing', async () => {
    const { folder, command } = python('exec sleep 30');
    const abort = new AbortController();
    const running = install(work(folder, command, abort.signal));
    setTimeout(() => abort.abort(), 300);
    await assert.rejects(running, /abort/i);
    assert.ok(!existsSync(path.join(folder, 'own.making')));
});

test('the wheel that came along is taken, of the right version', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'postil-wheel-'));
    assert.equal(await requirementOf(folder, '0.1.0'), 'postil[embedded,agent]==0.1.0');
    mkdirSync(path.join(folder, 'server'));
    writeFileSync(path.join(folder, 'server', 'postil-0.0.9-py3-none-any.whl'), '');
    assert.equal(await requirementOf(folder, '0.1.0'), 'postil[embedded,agent]==0.1.0');
    writeFileSync(path.join(folder, 'server', 'postil-0.1.0-py3-none-any.whl'), '');
    assert.equal(await requirementOf(folder, '0.1.0'), `${folder}/server/postil-0.1.0-py3-none-any.whl[embedded,agent]`);
});

test('which Pythons', () => {
    assert.ok(newEnough('3.11.0') && newEnough('3.14.1') && newEnough('4.0.0'));
    assert.ok(!newEnough('3.10.9') && !newEnough('2.7.18') && !newEnough(''));
    assert.equal(programs('/venv/bin/python', false)[0]?.command, '/venv/bin/python');
    assert.ok(programs('', true).some((one) => one.command === 'py'));
});
