/** The first run: no server anywhere. It is installed into an environment of the extension's own. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import test from 'node:test';
import { until, withCode } from '../code.mjs';

const files = { 'a.py': 'def f(x):\n    y = x + 1\n    print(y)\n    return y\n' };

test('the server is installed, with progress, and starts', async () => {
    await withCode('first', { files, server: false }, async (code, page) => {
        await code.statusShows('cloud-download');
        const offer = page.locator('.notification-list-item', { hasText: 'not on PATH' });
        await offer.waitFor();
        await code.shot('first-run');
        await offer.locator('.monaco-button', { hasText: 'Install' }).first().click();
        await page.waitForSelector('.notification-list-item:has-text("Installing Postil")');
        await code.ready(400_000);
        const storage = path.join(code.folder, 'data', 'User', 'globalStorage', 'postil.postil');
        assert.deepEqual(readdirSync(storage).filter((name) => name.startsWith('server-')), ['server-0.1.0']);
        await page.waitForSelector('.notification-list-item:has-text("Postil is installed")');
        await code.command('Welcome: Open Walkthrough...');
        await code.choose('Get started with Postil');
        // The server ran before the page was opened.
        await step(page, 'Install the server', true);
        await step(page, 'Choose a model', false);
        await code.shot('walkthrough');
    });
});

test('without a Python there is a page on how to get one', async () => {
    await withCode('no-python', { files, server: false, python: false }, async (code, page) => {
        const offer = page.locator('.notification-list-item', { hasText: 'not on PATH' });
        await offer.locator('.monaco-button', { hasText: 'Install' }).first().click();
        await page.waitForSelector('.notification-list-item:has-text("No Python 3.11 or later was found")');
        await page.waitForSelector('.tab.active:has-text("no-python.md")');
        const body = page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame').locator('body');
        await body.getByText('Postil needs Python 3.11 or later').waitFor();
        // A pipe in a table's cell is the end of the cell if it isn't escaped.
        await body.getByText('install.sh | sh').waitFor();
        await code.shot('no-python');
        // One is installed meanwhile: the same notification goes on with it.
        code.addPython();
        await page.locator('.notification-list-item .monaco-button', { hasText: 'Try again' }).click();
        await page.waitForSelector('.notification-list-item:has-text("Installing Postil")');
        await page.locator('.notification-list-item .monaco-button', { hasText: 'Cancel' }).click();
        await page.waitForSelector('.notification-list-item:has-text("Installing Postil")', { state: 'detached' });
        await code.statusShows('cloud-download');
    });
});

/** Waits until a step of the walkthrough is ticked, or isn't. */
async function step(page, title, ticked) {
    const row = page.locator('.getting-started-step', { hasText: title });
    await row.locator(ticked ? '.codicon-getting-started-step-checked' : '.codicon-getting-started-step-unchecked').waitFor();
}
