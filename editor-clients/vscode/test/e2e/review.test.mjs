/** Save, a squiggle while the stream still runs, the view of notes, the light bulb, a difference, the file. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { faulty, mend, until, withCode } from '../code.mjs';

const OPINION = 'the fix calculates with `+` instead of `-`.';
const files = { 'shop.py': `${faulty('add')}\n\n${faulty('take')}`, 'cart.py': `${faulty('put')}\n\n${faulty('drop')}` };

test('from the save to the fix on the disk; ignored with a reason, listed by file, filtered', async () => {
    const rules = (code) => [mend('add'), mend('take', { hold: code.gate }), mend('put'), mend('drop')];
    await withCode('review', { files, rules }, async (code, page) => {
        await code.ready();
        await code.openFile('shop.py');
        await page.keyboard.press('Control+End');
        await page.keyboard.type('# end');
        await code.save();

        await code.squiggle();
        await code.statusShows('sync');
        assert.equal(await code.squiggles(), 1, 'the second function is still being read');
        await code.shot('squiggle-while-reading');

        // The list of problems has no hints, which opinions are.
        await code.view();
        const rows = page.locator('.pane-body .monaco-list-row');
        await rows.filter({ hasText: OPINION }).first().click();
        code.open();
        await code.ready();
        await until(async () => (await code.squiggles()) === 2, 'the second note');

        // Asked for when the cursor moves: as long as the focus is on its way back to the text, it isn't.
        await until(async () => {
            await code.goTo(1);
            await code.goTo(2, 6);
            return page.waitForSelector('[class*="lightbulb"]', { timeout: 10_000 }).then(() => true, () => false);
        }, 'the light bulb');
        const fix = await code.actions('apply the fix');
        assert.equal(await page.locator('.action-widget .monaco-list-row', { hasText: 'with a reason' }).count(), 1);
        await code.shot('light-bulb');
        await fix.click();

        await page.waitForSelector('.monaco-diff-editor .line-insert');
        await page.waitForSelector('.monaco-diff-editor .line-delete');
        assert.match(code.read('shop.py'), /def add.*\n {4}total = first - second/, 'nothing is applied yet');
        await code.shot('difference');
        await page.keyboard.press('Control+Enter');
        await page.waitForSelector('.monaco-diff-editor .line-insert', { state: 'detached' });
        await until(async () => (await code.squiggles()) === 1, 'the mended note to go');
        await code.save();
        await until(() => /def add.*\n {4}total = first \+ second/.test(code.read('shop.py')), 'the file on the disk');
        assert.match(code.read('shop.py'), /def take.*\n {4}total = first - second/, 'the other fix was not asked for');

        // Escape leaves the second one alone.
        await code.goTo(8, 6);
        await (await code.actions('apply the fix')).click();
        await page.waitForSelector('.monaco-diff-editor .line-insert');
        await page.locator('.monaco-diff-editor .modified .view-lines:not(.line-delete)').click();
        await page.keyboard.press('Escape');
        await page.waitForSelector('.monaco-diff-editor', { state: 'detached' });
        assert.equal(await code.squiggles(), 1);

        await code.command('Postil: Clear the notes');
        await code.noSquiggle();
        await code.openFile('cart.py');
        await code.command('Postil: Review this file');
        await until(async () => (await code.squiggles()) === 2, 'two notes');

        await until(async () => (await rows.count()) >= 3, 'the file and its two notes');
        await code.shot('notes-by-file');

        await code.goTo(2, 6);
        await (await code.actions('with a reason')).click();
        await code.choose('Here');
        await code.answer('Why?', 'returns are negative');
        await until(async () => (await code.squiggles()) === 1, 'the note to go');
        await code.save();
        await until(() => code.read('cart.py').includes('# postil: ignore[reviewer] returns are negative'), 'the comment');

        // Hidden by its persona, and shown again.
        await code.command('Postil: Choose which notes are listed');
        await code.choose('reviewer');
        await page.keyboard.press('Enter');
        await page.waitForSelector('text=Filtered: 0 of 1');
        assert.equal(await code.squiggles(), 1, 'the editor itself is not filtered');
    });
});
