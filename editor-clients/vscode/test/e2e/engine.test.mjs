/** A real Ollama with real weights that is stopped and started again: the status follows, and reviews go on. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as path from 'node:path';
import test from 'node:test';
import { faulty, until, withCode } from '../code.mjs';

const { POSTIL_TEST_OLLAMA: program, POSTIL_TEST_OLLAMA_STORE: store, POSTIL_TEST_OLLAMA_PORT: port } = process.env;
const MODEL = 'qwen2.5-coder:0.5b';

async function ollama(code) {
    const env = { ...process.env, OLLAMA_HOST: `127.0.0.1:${port}`, OLLAMA_MODELS: store, OLLAMA_NOPRUNE: '1', HOME: code.folder };
    const child = spawn(program, ['serve'], { env, detached: true, stdio: 'ignore' });
    await until(() => fetch(`http://127.0.0.1:${port}/api/version`).then((answer) => answer.ok, () => false), 'Ollama');
    return {
        stop: async () => {
            const ended = new Promise((resolve) => child.once('close', resolve));
            process.kill(-child.pid, 'SIGKILL');
            await ended;
        },
    };
}

test('Ollama goes away and comes back', async () => {
    const settings = {
        'postil.engine': 'ollama', 'postil.ollama.host': `http://127.0.0.1:${port}`, 'postil.model.review': MODEL,
        'postil.review.show': 'all',
    };
    let running;
    try {
        await withCode('engine', { files: { 'shop.py': faulty('add'), 'pay.py': faulty('pay') }, settings }, async (code, page) => {
            running = await ollama(code);
            const reads = async (name) => {
                await code.openFile(name);
                await page.keyboard.press('Control+End');
                await page.keyboard.type('# more');
                await code.save();
                await until(() => code.read(path.basename(name)).includes('# more'), 'the save');
            };
            await code.ready();
            await reads('shop.py');
            await until(async () => (await code.status.first().textContent()).includes(MODEL), 'the model in the status bar', 120_000);
            await code.ready(120_000);

            await running.stop();
            running = undefined;
            await reads('pay.py');
            await code.statusShows('warning');
            await code.shot('engine-down');
            assert.equal(await page.locator('.notifications-toasts .notification-list-item').count() <= 1, true, 'one pop-up, not many');

            running = await ollama(code);
            await code.command('Postil: Review this file');
            await code.ready(120_000);
        });
    } finally {
        await running?.stop();
    }
});
