/** The model picker: a model that isn't here is pulled, with progress; the pull is cancelled, goes on, and is chosen. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import test from 'node:test';
import { until, withCode } from '../code.mjs';
import { ollama } from '../ollama.mjs';

// In no cache of the machine that runs this.
const MODEL = 'qwen2.5-coder:7b';

test('a model is pulled, cancelled, pulled again, chosen, and removed', async () => {
    const fake = await ollama();
    const settings = { 'postil.ollama.host': fake.host };
    try {
        await withCode('models', { files: { 'a.py': 'x = 1\n' }, rules: [], settings }, async (code, page) => {
            const settingsFile = path.join(code.folder, 'data', 'User', 'settings.json');
            // Empty while VS Code writes it.
            const chosen = () => JSON.parse(readFileSync(settingsFile, 'utf8') || '{}')['postil.model.review'];
            const toast = (text) => page.locator('.notification-list-item', { hasText: text });
            await code.ready();

            fake.pieces = [0.4];
            await code.menu();
            await code.choose('Choose the model');
            await page.waitForSelector(`.quick-input-list .monaco-list-row:has-text("not here: pulled when chosen")`);
            await code.shot('models');
            await code.choose(MODEL);
            await toast(`Pulling ${MODEL}`).filter({ hasText: '160 of 400 MB' }).waitFor();
            await code.shot('pull');
            await toast(`Pulling ${MODEL}`).locator('.monaco-button', { hasText: 'Cancel' }).click();
            await toast(`${MODEL} is not whole yet`).waitFor();
            await until(() => fake.pulls[0].end === 'closed by the client', 'the engine to hear of it');
            assert.equal(chosen(), undefined);

            fake.pieces = [0.4, 1];
            await code.command('Postil: Pull a model');
            await code.choose(MODEL);
            await until(() => fake.held.includes(MODEL), 'the model');
            await code.command('Postil: Choose the model');
            await page.waitForSelector(`.quick-input-list .monaco-list-row:has-text("${MODEL}"):has-text("0.4 GB")`);
            await code.choose(MODEL);
            await until(() => chosen() === MODEL, 'the setting');

            await code.command('Postil: Choose the model');
            const row = page.locator('.quick-input-list .monaco-list-row', { hasText: '0.4 GB' });
            await row.hover();
            await row.locator('.action-label.codicon-trash').click();
            await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Remove' }).click();
            await toast(`removed ${MODEL} from Ollama`).waitFor();
            assert.deepEqual(fake.held, []);
            assert.deepEqual(fake.pulls.map((pull) => pull.end), ['closed by the client', 'whole']);
        });
    } finally {
        fake.stop();
    }
});
