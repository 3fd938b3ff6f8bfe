/** The view "Ask Postil": a question with a selection beside it, an edit that is approved, one that isn't, and undo. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { PATIENCE, until, withCode } from '../code.mjs';

const CODE = 'def total(items):\n    return len(items)\n\n\nprint(total([1, 2]))\n';
const edit = (before, after) => `shop.py\n<<<<<<< SEARCH\n    return ${before}(items)\n=======\n    return ${after}(items)\n>>>>>>> REPLACE\n`;
const says = (contains, text, more = {}) => ({
    kind: 'agent', match: { contains }, chunks: text.split(/(?<=\n)/).map((piece) => ({ text: piece })), ...more,
});
const HOSTILE = '<img src=x onerror="document.title=1"><b>bold</b>';
const rules = (code) => [
    says('what does', `It counts the items:\n\n\`\`\`python\nlen(items)\n\`\`\`\n\n${HOSTILE}\n`),
    says('is changed', 'Now it adds them up.'),
    says('make it right', `The sum is meant.\n\n${edit('len', 'sum')}`),
    says('break it', edit('sum', 'max')),
    says('for ever', 'I begin\nand go on', { hold: code.gate }),
];
const settings = { 'postil.model.review': 'scripted-agent:14b', 'postil.review.onSave': false };

test('a question, an approved edit, a refused one, a stopped answer', async () => {
    await withCode('agent', { files: { 'shop.py': CODE }, rules, settings }, async (code, page) => {
        await code.ready();
        await code.openFile('shop.py');
        await code.goTo(1);
        await page.keyboard.press('Shift+ArrowDown');
        await page.keyboard.press('Shift+ArrowDown');
        await code.command('Postil: Ask Postil');
        const view = page.frameLocator('iframe.webview').frameLocator('#active-frame');
        const input = view.locator('#input');
        await input.waitFor();
        await view.locator('.chip', { hasText: 'shop.py#L1-2' }).waitFor();
        const ask = async (text) => {
            await view.locator('#send').waitFor();
            await input.fill(text);
            await input.press('Enter');
        };

        await ask('what does it do?');
        await view.locator('.asked', { hasText: 'shop.py#L1-2' }).waitFor();
        await view.locator('.said pre', { hasText: 'len(items)' }).waitFor();
        await view.locator('.said', { hasText: HOSTILE }).waitFor();
        assert.equal(await view.locator('.said b, .said img').count(), 0, 'what a model says is text');
        await code.shot('agent-answer');

        await ask('make it right');
        const card = view.locator('.permission:not(.settled)');
        await card.waitFor();
        await card.locator('.removed', { hasText: 'return len(items)' }).waitFor();
        await card.locator('.added', { hasText: 'return sum(items)' }).waitFor();
        assert.equal(code.read('shop.py'), CODE, 'nothing without a yes');
        await card.locator('button', { hasText: 'Show difference' }).click();
        await page.waitForSelector('.tab.active:has-text("shop.py: proposed")');
        await page.waitForSelector('.monaco-diff-editor .line-insert');
        await code.shot('agent-approval');
        await card.locator('button', { hasText: 'Allow once' }).click();
        await view.locator('.said', { hasText: 'Now it adds them up.' }).waitFor();
        await view.locator('.call.completed', { hasText: 'Edit shop.py' }).waitFor();
        await until(() => code.read('shop.py') === CODE.replace('len', 'sum'), 'the edit on the disk');
        await page.waitForSelector('.tab:has-text("shop.py: proposed")', { state: 'detached' });
        await code.shot('agent-edit');
        // The line of the call leads to its place.
        await view.locator('.call.completed', { hasText: 'Edit shop.py' }).first().click();
        await page.waitForSelector('.tab.active[data-resource-name="shop.py"]');
        await code.cursor(2, 1);

        await ask('break it');
        await card.locator('button', { hasText: /^No$/ }).click();
        await view.locator('.call.failed', { hasText: 'Edit shop.py' }).waitFor();
        assert.ok(code.read('shop.py').includes('sum'));

        await ask('/undo');
        await view.locator('.said', { hasText: 'Undone, byte for byte' }).waitFor();
        assert.equal(code.read('shop.py'), CODE, 'byte for byte');
        await until(async () => (await code.lines()).some((line) => line.includes('len(items)')), 'the editor to follow');

        await ask('go on for ever');
        await view.locator('.said', { hasText: 'I begin' }).waitFor();
        await view.locator('#stop').click();
        await view.locator('.ended', { hasText: 'Stopped.' }).waitFor();
        await until(() => code.journal().some((step) => ['cancelled', 'closed'].includes(step.event)), 'the model to be stopped', PATIENCE);

        await view.locator('#fresh').click();
        await view.locator('.hint').waitFor();
        assert.equal(await view.locator('.asked').count(), 0);
    });
});
