/** One pass with real weights in the embedded engine: a note, its fix, ghost text; the engine's process is killed and comes
 * back. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { SQUIGGLES, until, withCode } from '../code.mjs';

// The 0.5B finds this one reliably: see tests/real/test_models.py.
const FAULTY = process.env.POSTIL_TEST_FAULTY;
const LONG = 180_000;

/** Processes of this test that run the embedded engine. */
function engines(code) {
    return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
        try {
            const env = readFileSync(`/proc/${pid}/environ`, 'utf8');
            return env.includes(code.folder) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('embedded');
        } catch {
            return false;
        }
    });
}

test('a real model from the save to the fix', async () => {
    const settings = {
        'postil.engine': 'embedded', 'postil.embedded.modelPath': process.env.POSTIL_TEST_GGUF,
        'postil.embedded.threads': Number(process.env.POSTIL_TEST_THREADS), 'postil.review.minScore': 0, 'postil.review.show': 'all',
        'postil.numCtx': 2048,
    };
    await withCode('real', { files: { 'stock.py': FAULTY }, settings }, async (code, page) => {
        await code.ready();
        await code.openFile('stock.py');
        await page.keyboard.press('Control+End');
        await page.keyboard.type('# end');
        await code.save();
        await page.waitForSelector(SQUIGGLES, { timeout: LONG });
        await code.ready(LONG);
        // F8 passes over hints, which opinions are.
        await code.view();
        await page.locator('.pane-body .monaco-list-row', { hasText: 'reviewer ·' }).first().click();
        // The list keeps the keyboard: the cursor is where the note is.
        const place = page.locator('.statusbar-item', { hasText: /^Ln (?!1,)\d+/ });
        const [, line, column] = /Ln (\d+), Col (\d+)/.exec(await place.textContent());
        await code.goTo(line, Number(column) + 1);
        const fix = await code.actions('apply the fix');
        await code.shot('real-fix');
        await fix.click();
        await page.waitForSelector('.monaco-diff-editor .line-insert, .monaco-diff-editor .line-delete');
        await page.keyboard.press('Control+Enter');
        await page.waitForSelector('.monaco-diff-editor', { state: 'detached' });
        await code.editor();
        await code.save();
        await until(() => code.read('stock.py').replace('# end', '') !== FAULTY, 'the fix on the disk');

        await page.keyboard.press('Control+End');
        await page.keyboard.press('Enter');
        await page.keyboard.type('def double(number):\n    return ');
        await until(async () => (await page.locator('[class*="ghost-text"]').count()) > 0, 'ghost text', LONG);
        await page.keyboard.press('Tab');
        await until(async () => (await code.lines()).some((line) => /return \S/.test(line)), 'it is taken');

        const [child, ...others] = engines(code);
        assert.ok(child && !others.length, `one engine runs, not ${others.length + 1}`);
        process.kill(Number(child), 'SIGKILL');
        await code.command('Postil: Review this file');
        await until(() => engines(code).some((pid) => pid !== child), 'another engine', LONG);
        await code.ready(LONG);
    });
});
