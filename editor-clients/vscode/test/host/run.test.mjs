/** Runs test/host/index.ts inside the extension host of a real VS Code.
 *
 * VS Code takes `extensionTestsPath` from the address of its page, if it believes that a smoke test drives it. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { CLIENT, faulty, mend, until, withCode } from '../code.mjs';

const EXPLAINED = { match: { contains: 'def add(', system: 'You explain code' }, chunks: [{ text: 'It subtracts where it should add.' }] };

function believeInTests() {
    const patch = () => {
        const meta = document.getElementById('vscode-workbench-web-configuration');
        if (!meta || meta.dataset.patched) {
            return;
        }
        const settings = JSON.parse(meta.getAttribute('data-settings'));
        settings.developmentOptions = { ...settings.developmentOptions, enableSmokeTestDriver: true };
        meta.setAttribute('data-settings', JSON.stringify(settings));
        meta.dataset.patched = 'yes';
    };
    new MutationObserver(patch).observe(document, { childList: true, subtree: true });
}

test('inside the extension host', async () => {
    const files = { 'shop.py': faulty('add'), Modelfile: 'FRM x\n' };
    const rules = [EXPLAINED, mend('add')];
    const said = [];
    let code;
    const init = async (page) => {
        await page.addInitScript(believeInTests);
        await page.exposeFunction('codeAutomationLog', (kind, args) => said.push(...args.map(String)));
        await page.exposeFunction('codeAutomationExit', (status) => {
            code = status;
        });
    };
    const payload = [
        ['extensionDevelopmentPath', `vscode-remote://HOST${CLIENT.replace(/\/$/, '')}`],
        ['extensionTestsPath', `vscode-remote://HOST${CLIENT}dist/test/host`],
    ];
    const query = `&payload=${encodeURIComponent(JSON.stringify(payload))}`;
    await withCode('host', { files, rules, extension: 'folder', init, query }, async () => {
        await until(() => code !== undefined, 'the end of the tests', 180_000);
        const lines = said.join("\n").split("\n").filter((line) => !/workbench\.js|marketplace|ERR_/i.test(line));
        console.log(lines.join('\n'));
        assert.equal(code, 0, said.join('\n').slice(-8000));
        assert.match(said.join('\n'), /\d+ passed, 0 failed/);
    });
});
