/** A notebook: notes, a fix and ghost text in its code cells; nothing of its Markdown, outputs and JSON is sent. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { faulty, mend, SQUIGGLES, until, withCode } from '../code.mjs';

const lines = (text) => text.split(/(?<=\n)/);
const code = (text) => ({
    cell_type: 'code', execution_count: 1, metadata: {}, source: lines(text),
    outputs: [{ output_type: 'stream', name: 'stdout', text: ['printed_secret\n'] }],
});
const book = {
    cells: [
        { cell_type: 'markdown', metadata: {}, source: ['# Title\n', 'written_secret'] },
        code(faulty('add').trimEnd()),
        code('other_cell = 1'),
    ],
    metadata: { language_info: { name: 'python' } },
    nbformat: 4,
    nbformat_minor: 4,
};
const ghost = (text, contains) => ({
    kind: 'infill', match: { contains }, chunks: [...text].map((char) => ({ text: char })),
});
test('the cells of a notebook are read, mended and completed', async () => {
    const rules = [mend('add'), ghost('sum(prices) / 2\n', 'total = '), ghost('max(prices) + 1\n', 'best = ')];
    const files = { 'analysis.ipynb': JSON.stringify(book, null, 1) };
    await withCode('notebook', { files, rules }, async (vscode, page) => {
        await vscode.ready();
        await vscode.quick('Control+P', 'analysis.ipynb');
        await page.locator('.quick-input-list .monaco-list-row', { hasText: 'analysis.ipynb' }).first().click();
        await page.waitForSelector('.tab.active[data-resource-name="analysis.ipynb"]');
        const cell = (number) => page.locator('.code-cell-row').nth(number);
        // What is drawn above a cell moves it: a click may miss it, and the keys would go to the list of cells.
        const edit = (number, line = cell(number).locator('.monaco-editor .view-lines').first()) => until(async () => {
            await line.click();
            return cell(number).locator('.monaco-editor.focused').waitFor({ timeout: 5000 }).then(() => true, () => false);
        }, `the focus in cell ${number}`);
        await cell(1).locator('.monaco-editor .view-lines').first().waitFor();

        // Ghost text in the second code cell.
        await edit(1);
        await page.keyboard.press('Control+End');
        await page.keyboard.press('Enter');
        await page.keyboard.type('total = ');
        assert.equal(await vscode.ghost(), 'sum(prices) / 2');
        await vscode.shot('notebook-ghost');
        await page.keyboard.press('Tab');

        // Saving reviews the cells; the fix is applied in its cell.
        await vscode.save();
        await vscode.squiggle();
        await vscode.ready();
        assert.equal(await vscode.squiggles(), 1);
        await page.locator(SQUIGGLES).first().waitFor();
        await edit(0, cell(0).locator('.monaco-editor .view-line').nth(1));
        const fix = await vscode.actions('apply the fix');
        await vscode.shot('notebook');
        await fix.click();
        await vscode.noSquiggle();

        // A cell that is made now.
        await edit(1);
        await page.locator('.notebook-toolbar-container .action-item', { hasText: 'Code' }).first().click();
        await until(async () => (await page.locator('.code-cell-row').count()) === 3, 'the new cell');
        await edit(2);
        await page.keyboard.type('best = ');
        assert.equal(await vscode.ghost(), 'max(prices) + 1');
        await page.keyboard.press('Tab');
        await vscode.save();
        const sources = () => JSON.parse(vscode.read('analysis.ipynb')).cells.map((one) => [one.source].flat().join(''));
        await until(() => sources()[1].includes('total = first + second'), 'the fix on the disk');
        assert.equal(sources()[2], 'other_cell = 1\ntotal = sum(prices) / 2');

        assert.equal(sources()[3], 'best = max(prices) + 1');

        // By command, with another cell active; the row of its note shows the cell.
        await edit(0, cell(0).locator('.monaco-editor .view-line').nth(1));
        await page.keyboard.press('Control+Z');
        await edit(2);
        await vscode.command('Postil: Review this file');
        await vscode.squiggle();
        await vscode.view();
        const rows = page.locator('.pane-body .monaco-list-row');
        await rows.filter({ hasText: /Cell 2.*analysis\.ipynb \(1\)/ }).waitFor();
        await vscode.shot('notebook-note');
        await rows.filter({ hasText: 'the fix calculates' }).first().click();
        await page.waitForSelector('.statusbar-item:has-text("Cell 2 of 4")');

        const asked = JSON.stringify(vscode.journal());
        assert.ok(asked.includes('def add('), 'the control: the code was read');
        for (const secret of ['written_secret', 'printed_secret', 'cell_type', 'nbformat']) {
            assert.ok(!asked.includes(secret), `${secret} was sent`);
        }
    });
});
