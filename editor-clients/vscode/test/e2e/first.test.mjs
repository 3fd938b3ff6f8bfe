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
        await page.waitForSelector('.getting-started-step:has-text("Install the server")');
        await code.shot('walkthrough');
    });
});
