/** What the menu of the status bar does: cancel, pause, doctor, changes, calibrate, personas. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import test from 'node:test';
import { faulty, mend, until, withCode } from '../code.mjs';

const git = (code, ...args) => execFileSync('git', ['-C', code.work, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);

test('a review is cancelled; paused, nothing is read on save; the doctor is a page', async () => {
    const files = { 'shop.py': faulty('add'), 'pay.py': faulty('pay') };
    const rules = (code) => [mend('add', { hold: code.gate, times: 1 }), mend('add'), mend('pay')];
    await withCode('cancel', { files, rules }, async (code, page) => {
        await code.ready();
        await code.openFile('shop.py');
        await code.command('Postil: Review this file');
        await code.statusShows('sync');
        await code.menu();
        await code.shot('menu');
        await code.choose('Cancel what runs');
        await code.ready();
        await until(() => code.journal().some((step) => ['cancelled', 'closed'].includes(step.event)), 'the model to stop');
        assert.equal(await code.squiggles(), 0);
        await code.command('Postil: Review this file');
        await code.squiggle();
        await code.command('Postil: Clear the notes');
        await code.noSquiggle();
        await code.ready();

        const asked = code.journal().length;
        await code.openFile('pay.py');
        await code.menu();
        await code.choose('Snooze');
        await code.choose('5 minutes');
        await code.statusShows('debug-pause');
        await code.editor();
        await page.keyboard.press('Control+End');
        await page.keyboard.type('# one');
        await code.save();
        await until(() => code.read('pay.py').includes('# one'), 'the save');
        await code.menu();
        await code.choose('Go on');
        await code.ready();
        assert.equal(code.journal().length, asked, 'nothing was asked while it was quiet');
        await code.editor();
        await page.keyboard.press('Control+End');
        await page.keyboard.type(' two');
        await code.save();
        await code.squiggle();

        await code.menu();
        // One of the last rows: a list of more rows than fit is drawn as far as one sees it.
        await page.keyboard.type('Doctor');
        await code.choose('Doctor');
        await page.waitForSelector('.tab.active:has-text("Postil doctor")');
        await until(async () => (await code.lines()).join('\n').includes('engine'), 'the report');
        await code.shot('doctor');
    });
});

test('the changes that git knows of, without opening the files', async () => {
    const files = { 'old.py': faulty('old'), 'new.py': faulty('new', '+') };
    // What is kept of a calibration is kept there.
    const env = (code) => ({ XDG_STATE_HOME: path.join(code.folder, 'state') });
    await withCode('changes', { files, rules: [mend('old'), mend('new')], env }, async (code, page) => {
        git(code, 'init', '-q');
        git(code, 'add', '-A');
        git(code, 'commit', '-qm', 'x');
        code.write('new.py', faulty('new'));
        await code.ready();
        await code.menu();
        await code.choose('Review the changes');
        await code.choose('Since the last commit');
        await code.press('Files read: 1; notes: 1', 'Show');
        const note = page.locator('.pane-body .monaco-list-row', { hasText: 'the fix calculates' }).first();
        await note.click();
        await page.waitForSelector('.tab.active[data-resource-name="new.py"]');
        await code.squiggle();

        // A history without a fix is too short for a calibration, and is told so, with the picture.
        await code.command('Postil: Calibrate on this repository');
        await code.press('Its opinions stay hints', 'Show picture');
        await page.waitForSelector('.tab.active:has-text(".svg")');
        const picture = page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame').locator('img');
        await until(async () => (await picture.boundingBox())?.width > 200, 'the picture itself');
        await code.shot('calibration');
    });
});

test('a persona is edited and the notes change; one is turned off', async () => {
    const persona = (word) => `#: role: review\nFROM qwen2.5-coder:1.5b\nSYSTEM """Be ${word}."""\n`;
    const files = { 'shop.py': faulty('add'), 'Modelfiles/team.Modelfile': persona('kind') };
    const strict = mend('add');
    strict.match.system = 'strict';
    const settings = { 'postil.review.personas': ['team'] };
    await withCode('persona', { files, rules: [strict], settings }, async (code, page) => {
        await code.ready();
        await code.openFile('shop.py');
        await code.command('Postil: Review this file');
        await until(() => code.journal().some((step) => ['finished', 'closed'].includes(step.event)), 'the kind review');
        await code.ready();
        assert.equal(await code.squiggles(), 0);

        await code.openFile('team.Modelfile');
        await page.waitForSelector('.mtk1, [class*="mtk"]');
        await code.goTo(3, 14);
        await page.keyboard.press('Shift+Control+ArrowRight');
        await page.keyboard.type('strict');
        await code.shot('modelfile');
        await code.save();
        await until(() => code.read('Modelfiles/team.Modelfile').includes('strict'), 'the save');
        await code.openFile('shop.py');
        await code.squiggle();

        await code.menu();
        await code.choose('Personas');
        await code.choose('team');
        await page.keyboard.press('Enter');
        await code.noSquiggle();
    });
});

test('a wrong path is said with the next step', async () => {
    const settings = { 'postil.server.path': '/nowhere/postil' };
    await withCode('wrong-path', { files: { 'a.py': 'x = 1\n' }, settings, server: false }, async (code, page) => {
        await page.waitForSelector('.notification-list-item:has-text("/nowhere/postil")');
        await page.waitForSelector('.notification-list-item .monaco-button:has-text("Settings")');
    });
});
