/** Ghost text: taken whole, by words, and the next of several. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { until, withCode } from '../code.mjs';

const writes = (text, contains, more = {}) => ({
    kind: 'infill', match: { contains }, chunks: [...text].map((char) => ({ text: char })), ...more,
});

test('Tab, a word, the next one, and a language without', async () => {
    const rules = [
        writes('sum(prices) / 2\n', 'total = ', { times: 1 }),
        writes('max(prices) + 1\n', 'best = ', { times: 1 }),
        writes('min(prices) - 1\n', 'best = '),
    ];
    await withCode('ghost', { files: { 'shop.py': 'prices = [1, 2]\n', 'notes.md': 'total = 1\n' }, rules }, async (code, page) => {
        await code.ready();
        await code.openFile('shop.py');
        await page.keyboard.press('Control+End');
        await page.keyboard.type('total = ');
        assert.equal(await code.ghost(), 'sum(prices) / 2');
        await code.shot('ghost');
        await page.keyboard.press('Control+ArrowRight');
        await code.cursor(2, 12);
        assert.equal(await code.ghost(), '(prices) / 2', 'a word is taken');
        await page.keyboard.press('Tab');
        await code.cursor(2, 24);

        await page.keyboard.press('Enter');
        await page.keyboard.type('best = ');
        assert.equal(await code.ghost(), 'max(prices) + 1');
        await page.keyboard.press('Alt+]');
        await until(async () => (await code.ghost()) === 'min(prices) - 1', 'the next one');
        await page.keyboard.press('Tab');
        await code.cursor(3, 23);

        // What was shown and taken is counted here.
        await code.view();
        await page.locator('.pane-header', { hasText: 'Completions' }).click();
        await page.waitForSelector('.pane-body .monaco-list-row:has-text("accepted")');
        const row = page.locator('.pane-body .monaco-list-row', { hasText: 'Today' }).first();
        await until(async () => /[1-9]\d* shown, 2 accepted/.test(await row.textContent()), `the counts: ${await row.textContent()}`);
        await code.shot('counts');

        const before = code.journal().length;
        await code.openFile('notes.md');
        await code.command('Postil: Completion in this language on or off');
        await until(() => code.userSettings().includes('"markdown"'), 'the setting');
        await code.openFile('notes.md');
        await page.keyboard.press('Control+End');
        await page.keyboard.type('total = ');
        await until(async () => (await code.lines()).some((line) => line.startsWith('total = ') && !line.includes('1')), 'the typing');
        await code.openFile('shop.py');
        await page.keyboard.press('Control+End');
        await page.keyboard.type('\nbest = ');
        assert.equal(await code.ghost(), 'min(prices) - 1', 'the control: Python goes on');
        const asked = code.journal().slice(before).map((step) => step.contains);
        assert.ok(asked.every((text) => !text.startsWith('total = 1')), 'nothing was asked about Markdown');
    });
});
