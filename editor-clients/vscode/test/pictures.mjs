/** The pictures with real weights: the sample of `make review`, its failing test's note, the fix, ghost text. Run by
 * scripts/vscode-pictures. */

import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import test from 'node:test';
import { CLIENT, until, withCode } from './code.mjs';

// Weights that load, and some answers of a small model on a CPU.
const LONG = 400_000;
const sample = (name) => readFileSync(path.join(CLIENT, '..', '..', 'examples', name), 'utf8');
const files = { 'orders.py': sample('orders.py'), 'test_orders.py': sample('test_orders.py') };
const python = process.env.POSTIL_TEST_PYTHON;
const settings = {
    'postil.engine': 'embedded',
    'postil.checks': { tests: { command: `${python} -m unittest`, onSave: true } },
};

test('a failing test becomes a note, its fix a difference, and ghost text follows', async () => {
    const env = (code) => ({ XDG_STATE_HOME: path.join(code.folder, 'state') });
    await withCode('pictures', { files, settings, env }, async (code, page) => {
        await code.ready(LONG);
        await code.openFile('orders.py');
        await code.save();
        await code.press('unittest', 'Run it');
        await code.view();
        const note = page.locator('.pane-body .monaco-list-row', { has: page.locator('.codicon-error') }).first();
        await note.waitFor({ timeout: LONG });
        await note.click();
        const place = page.locator('.statusbar-item', { hasText: /^Ln (?!1,)\d+/ });
        const [, line, column] = /Ln (\d+), Col (\d+)/.exec(await place.textContent());
        await code.goTo(line, Number(column) + 1);
        const fix = await code.actions('apply the fix (verified');
        await code.shot('note');
        await fix.click();
        await page.waitForSelector('.monaco-diff-editor .line-insert');
        await code.shot('fix');
        await page.keyboard.press('Control+Enter');
        await page.waitForSelector('.monaco-diff-editor', { state: 'detached' });
        await code.editor();
        await page.keyboard.press('Control+End');
        await page.keyboard.type('\n\ndef average(orders: list[Order]) -> float:\nreturn ');
        await until(async () => (await page.locator('[class*="ghost-text"]').count()) > 0, 'ghost text', LONG);
        await code.shot('ghost');
    });
});
