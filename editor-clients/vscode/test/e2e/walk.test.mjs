/** The walkthrough, in Chinese: each step is ticked by what it is about, not by a click on it. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { faulty, mend, until, withCode } from '../code.mjs';

const SUM = { kind: 'infill', match: { contains: 'return first' }, chunks: [{ text: ' + second' }] };

/** VS Code takes the language of its extensions from here; its own words stay English without a language pack. */
const chinese = (page) =>
    page.addInitScript(() => {
        Object.defineProperty(globalThis, '_VSCODE_NLS_LANGUAGE', { get: () => 'zh-cn', set: () => undefined });
    });

async function walkthrough(code) {
    await code.command('Welcome: Open Walkthrough...');
    await code.choose('开始使用 Postil');
}

/** Waits until these steps are ticked and no others. */
async function ticked(page, ...titles) {
    const done = page.locator('.getting-started-step:has(.codicon-getting-started-step-checked)');
    const read = async () => (await done.allTextContents()).map((text) => text.trim());
    await until(async () => {
        const found = await read();
        return found.length === titles.length && titles.every((title) => found.some((text) => text.startsWith(title)));
    }, `${titles.join(', ')} to be ticked`);
}

test('all steps get ticked, and all words are Chinese', async () => {
    const files = { 'shop.py': faulty('add') };
    const rules = [SUM, mend('add')];
    await withCode('walk', { files, rules, init: chinese }, async (code, page) => {
        await code.ready();
        await walkthrough(code);
        // The server ran before the page was opened.
        await ticked(page, '安装服务器');
        await code.shot('zh-walkthrough');

        await code.openFile('shop.py');
        await page.keyboard.press('Control+End');
        await page.keyboard.type('# x');
        await code.save();
        await code.squiggle();
        await code.ready();
        await walkthrough(code);
        await ticked(page, '安装服务器', '选择模型', '查看批注');

        await code.openFile('shop.py');
        await page.keyboard.press('Control+End');
        await page.keyboard.press('Enter');
        await page.keyboard.type('def plus(first, second):\n    return first');
        await code.ghost();
        await page.keyboard.press('Tab');
        await until(async () => (await code.lines()).some((line) => line.includes('return first + second')), 'it is taken');
        await walkthrough(code);
        await ticked(page, '安装服务器', '选择模型', '查看批注', '输入代码，采纳补全');

        await code.openFile('shop.py');
        await code.goTo(2, 8);
        await code.actions('应用修复');
        await code.shot('zh-actions');
        await page.keyboard.press('Escape');
        await code.view();
        await page.waitForSelector('.pane-header:has-text("批注")');
        await code.menu();
        await page.waitForSelector('.quick-input-list .monaco-list-row:has-text("审查此文件")');
        await code.shot('zh-menu');
        await page.keyboard.press('Escape');
        await code.command('Postil: 选择模型');
        await page.waitForSelector('.quick-input-list .monaco-list-row:has-text("其他模型")');
        await code.shot('zh-models');
        assert.equal(await page.locator('.quick-input-title').first().textContent(), 'Postil：模型');
        await page.keyboard.press('Escape');
        await code.command('Postil: 设置');
        await page.waitForSelector('.settings-editor .setting-item:has-text("日志")');
        await code.shot('zh-settings');
    });
});
