/** The server's log, line by line. */

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import { logged, said } from '../../src/server/log.ts';

test('a line has the level that it names, and its head goes', () => {
    const head = '2026-11-25 18:10:28,159';
    assert.deepEqual(said(`${head} INFO postil.lsp.reloading: 13 personas`, undefined), {
        level: 'info', text: 'postil.lsp.reloading: 13 personas',
    });
    assert.equal(said(`${head} WARNING a: b`, 'error').level, 'warn');
    assert.equal(said(`${head} CRITICAL a: b`, 'info').level, 'error');
});

test('a traceback is as bad as the line above it; what stands alone is an error', async () => {
    const lines: string[] = [];
    const level = (name: string) => (text: string) => void lines.push(`${name} ${text}`);
    const channel = { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
    const stderr = new PassThrough();
    logged(stderr, channel);
    stderr.end('ModuleNotFoundError: postil\n2026-11-25 18:10:28,159 ERROR a: it failed\nTraceback\n  File "x"\n' +
        '2026-11-25 18:10:28,159 DEBUG b: c\n  more');
    while (lines.length < 6) {
        await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(lines, [
        'error ModuleNotFoundError: postil', 'error a: it failed', 'error Traceback', 'error   File "x"', 'debug b: c', 'debug   more',
    ]);
});
