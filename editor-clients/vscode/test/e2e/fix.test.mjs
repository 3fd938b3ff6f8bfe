/** A failing test after a save, the consent to its command, the verified fix, and a diagnostic of a real `ruff server`. */

import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import * as path from 'node:path';
import test from 'node:test';
import { until, withCode } from '../code.mjs';

const CODE = `"""A shop."""


def total(items):
    """The sum of all prices."""
    result = 0
    for i in range(len(items) - 1):
        result += items[i]
    return result
`;
const TESTS = `import unittest

from shop.cart import total


class TestCart(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1, 2, 3]), 6)

    def test_empty(self):
        self.assertEqual(total([]), 0)
`;
const PAY = 'def pay(items):\n    result = sum(itms)\n    return result\n';
const python = process.env.POSTIL_TEST_PYTHON;
const command = `${python} -m unittest discover -s tests -t .`;
// The rest of each function behind its head, as a model continues it.
const rules = [
    { match: { contains: 'total' }, chunks: [{ text: '    result = 0\n    for i in range(len(items)):\n        result += items[i]\n    return result\n```' }] },
    { match: { contains: 'pay' }, chunks: [{ text: '    result = sum(items)\n    return result\n```' }] },
];
const files = {
    'shop/__init__.py': '', 'shop/cart.py': CODE, 'shop/pay.py': PAY, 'tests/__init__.py': '', 'tests/test_cart.py': TESTS,
};
const settings = {
    'postil.checks': { tests: { command, onSave: true } },
    'postil.review.onSave': false,
    'postil.fix.samples': 3, 'postil.fix.mechanical': false,
};

test('a failing test, its fix and the verdict; a diagnostic of another tool', async () => {
    const env = (code) => {
        // The project has its own ruff.
        mkdirSync(path.join(code.work, '.venv', 'bin'), { recursive: true });
        symlinkSync(path.join(path.dirname(python), 'ruff'), path.join(code.work, '.venv', 'bin', 'ruff'));
        // Its own state: nobody has said yes to anything.
        return { XDG_STATE_HOME: path.join(code.folder, 'state') };
    };
    await withCode('verified', { files, rules, settings, env, beside: 'ruff' }, async (code, page) => {
        await code.ready();
        await code.openFile('shop/cart.py');
        await code.save();
        // The line is shown before it is run.
        const question = page.locator('.notification-toast', { hasText: 'unittest discover' }).first();
        await question.waitFor();
        await code.shot('consent');
        await question.locator('.monaco-button', { hasText: 'Run it' }).click();

        await page.waitForSelector('.squiggly-error');
        await code.goTo(7, 6);
        const fix = await code.actions('apply the fix (verified: all 2 tests pass)');
        await code.shot('verified-action');
        await fix.click();
        await page.waitForSelector('.monaco-diff-editor .line-insert');
        await page.waitForSelector('.tab.active:has-text("verified: all 2 tests pass")');
        assert.equal(code.read('shop/cart.py'), CODE, 'nothing is applied yet');
        await code.shot('verified-difference');
        await page.keyboard.press('Control+Enter');
        await page.waitForSelector('.monaco-diff-editor .line-insert', { state: 'detached' });
        await code.save();
        await until(() => code.read('shop/cart.py').includes('range(len(items)):'), 'the fix on the disk');
        await code.noSquiggle();

        await code.openFile('shop/pay.py');
        await page.waitForSelector('.squiggly-error, .squiggly-warning');
        await code.goTo(2, 20);
        const theirs = await code.actions('fix and verify');
        await code.shot('foreign-action');
        await theirs.click();
        await page.waitForSelector('.tab.active:has-text("verified: ruff is content")');
        await code.shot('foreign-difference');
        await page.keyboard.press('Control+Enter');
        await page.waitForSelector('.monaco-diff-editor .line-insert', { state: 'detached' });
        await code.save();
        await until(() => code.read('shop/pay.py').includes('sum(items)'), 'the fix on the disk');
        await code.noSquiggle();

        // By command: the edit is the server's own, and shown first, too.
        code.write('shop/cart.py', CODE);
        await code.openFile('shop/cart.py');
        await until(async () => (await code.lines()).some((line) => line.includes('- 1')), 'the file as it was');
        await code.command('Postil: Run the check, and look for a fix in this file');
        await page.waitForSelector('.tab.active:has-text("fix and verify (verified: all 2 tests pass)")');
        await code.shot('by-command');
        await page.keyboard.press('Control+Enter');
        await until(async () => (await code.lines()).some((line) => line.includes('range(len(items)):')), 'the fix');
    });
});
