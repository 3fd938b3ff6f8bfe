/** Two folders in one window: each file is read as its own folder says. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { faulty, mend, until, withCode } from '../code.mjs';

const persona = (word) => `#: role: review\nFROM qwen2.5-coder:1.5b\nSYSTEM """Be ${word}."""\n`;

test('personas, settings and baseline are those of the folder of the file', async () => {
    const files = {
        'shop/shop.py': faulty('add'), 'shop/Modelfiles/team.Modelfile': persona('pedantic'),
        'depot/stock.py': faulty('add'), 'depot/Modelfiles/team.Modelfile': persona('kind'),
        'depot/gift.py': faulty('give'), 'depot/.postilignore': 'gift.py\n',
        // Settings of a folder: the team's own file, or the editor's.
        'shop/postil.toml': '[review]\npersonas = ["team"]\n',
        'depot/.vscode/settings.json': '{"postil.review.personas": ["team"]}',
    };
    const strict = mend('add');
    strict.match.system = 'pedantic';
    await withCode('folders', { files, folders: ['shop', 'depot'], rules: [strict] }, async (code, page) => {
        await code.ready();
        await code.openFile('stock.py');
        await code.command('Postil: Review this file');
        await until(() => code.journal().some((step) => ['finished', 'closed'].includes(step.event)), 'the kind review');
        assert.equal(await code.squiggles(), 0);
        await code.openFile('shop.py');
        await code.command('Postil: Review this file');
        await code.squiggle();

        // The persona of the second folder changes, and its file alone is read anew.
        code.write('depot/Modelfiles/team.Modelfile', persona('pedantic'));
        await code.openFile('stock.py');
        await code.squiggle();

        // All folders are read, without what one of them leaves out.
        await code.menu();
        await code.choose('Review the workspace');
        await page.waitForSelector('.notification-list-item:has-text("Files read: 2; notes: 2")');
        await code.view();
        await page.waitForSelector('.pane-body .monaco-list-row:has-text("stock.py")');
        await code.shot('folders');

        // "Not here" is written where the file belongs.
        await code.openFile('stock.py');
        await code.goTo(2, 6);
        await (await code.actions('in the workspace')).click();
        await code.noSquiggle();
        assert.match(code.read('depot/.postil/baseline.json'), /"stock\.py"/);
        await code.openFile('shop.py');
        await code.squiggle();

        // Whose history is read is asked; neither is a repository.
        await code.command('Postil: Calibrate on this repository');
        await code.choose('depot');
        await page.waitForSelector('.notification-list-item:has-text("No git repository is open")');
    });
});
