/** Tests inside the extension host: what can't be seen from outside, with the real API of VS Code. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension.ts';

const PATIENCE = 30_000;
const tests: Array<[string, () => Promise<void>]> = [];
const test = (name: string, run: () => Promise<void>): unknown => tests.push([name, run]);

async function until<T>(holds: () => T | Promise<T>, what: string): Promise<NonNullable<T>> {
    const end = Date.now() + PATIENCE;
    for (;;) {
        const found = await holds();
        if (found) {
            return found;
        }
        if (Date.now() > end) {
            throw new Error(`waited ${PATIENCE / 1000} s for ${what}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

const extension = () => vscode.extensions.getExtension<Api>('postil.postil') ?? assert.fail('the extension is not there');
const folder = () => vscode.workspace.workspaceFolders?.[0]?.uri ?? assert.fail('no folder');
const file = (name: string) => vscode.Uri.joinPath(folder(), name);
const section = () => vscode.workspace.getConfiguration('postil');
const notes = (name: string) => vscode.languages.getDiagnostics(file(name)).filter((one) => one.source?.startsWith('postil'));

async function reviewed(name: string, count: number): Promise<vscode.TextDocument> {
    const document = await vscode.workspace.openTextDocument(file(name));
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('postil.reviewThisFile');
    await until(() => notes(name).length === count, `${count} notes on ${name}, not ${notes(name).length}`);
    return document;
}

const actions = async (name: string, diagnostic: vscode.Diagnostic, kind?: string): Promise<vscode.CodeAction[]> =>
    vscode.commands.executeCommand('vscode.executeCodeActionProvider', file(name), diagnostic.range, kind, 50);

test('it starts, and says so', async () => {
    const { lifecycle, status } = await extension().activate();
    await until(() => lifecycle.stage === 'running', `the server, which is ${lifecycle.stage}: ${lifecycle.trouble}`);
    await until(() => status.server.state === 'ready', 'the status');
    assert.equal(lifecycle.found?.origin, 'setting');
});

test('every command of the manifest is there', async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    const named = extension().packageJSON.contributes.commands as Array<{ command: string }>;
    assert.deepEqual(named.map((one) => one.command).filter((name) => !known.has(name)), []);
});

test('only what somebody has set is sent, and a change arrives', async () => {
    const { settings, status } = await extension().activate();
    assert.deepEqual(settings(), { review: { minScore: 0, show: 'all' }, trustWorkspace: true });
    await section().update('review.personas', ['reviewer', 'security'], vscode.ConfigurationTarget.Global);
    await until(() => status.server.personas.length === 2, 'two personas');
    await section().update('review.personas', undefined, vscode.ConfigurationTarget.Global);
    await until(() => status.server.personas.length === 1, 'one persona');
});

test('restarts never overlap', async () => {
    const { lifecycle } = await extension().activate();
    const stages: string[] = [];
    const watching = lifecycle.changed((stage) => stages.push(stage));
    await Promise.all([1, 2, 3, 4].map(() => vscode.commands.executeCommand('postil.restart')));
    watching.dispose();
    assert.equal(lifecycle.stage, 'running');
    // What was asked for while one ran is one more.
    assert.equal(stages.filter((stage) => stage === 'starting').length, 2, stages.join(' '));
    const order = stages.join(' ').replaceAll('stopped looking starting running', 'R');
    assert.equal(order, 'R R');
});

test('notes are diagnostics, rows of the tree, and have actions', async () => {
    const { findings } = await extension().activate();
    await reviewed('shop.py', 1);
    const [note] = notes('shop.py');
    assert.ok(note);
    assert.deepEqual(findings.notes.all().map(({ line, persona, hasFix }) => ({ line, persona, hasFix })), [
        { line: 1, persona: 'reviewer', hasFix: true },
    ]);
    const titles = (await actions('shop.py', note)).map((action) => action.title);
    assert.ok(titles.some((title) => title === 'Postil: apply the fix'), titles.join('\n'));
    assert.equal(titles.filter((title) => title.includes('with a reason')).length, 1);
    assert.equal(titles.filter((title) => title.includes('ignore')).length, 4);
    assert.ok(titles.includes('Postil: explain'), titles.join('\n'));
});

test('a fix shows its difference unless that is switched off', async () => {
    const fix = async (): Promise<vscode.CodeAction> => {
        const [note] = notes('shop.py');
        assert.ok(note);
        const found = await actions('shop.py', note, 'quickfix');
        return found.find((action) => action.title === 'Postil: apply the fix') ?? assert.fail('no fix');
    };
    const shown = await fix();
    assert.equal(shown.edit, undefined);
    assert.equal(shown.command?.command, 'postil.previewFix');
    assert.equal(shown.isPreferred, true);
    await section().update('previewFixes', false, vscode.ConfigurationTarget.Global);
    const direct = await fix();
    assert.equal(direct.edit?.entries().length, 1);
    await section().update('previewFixes', undefined, vscode.ConfigurationTarget.Global);
});

test('a fix whose file has changed is not applied', async () => {
    const document = await reviewed('shop.py', 1);
    const [note] = notes('shop.py');
    assert.ok(note);
    const found = await actions('shop.py', note, 'quickfix');
    const fix = found.find((action) => action.title === 'Postil: apply the fix');
    await vscode.commands.executeCommand(fix?.command?.command ?? '', ...(fix?.command?.arguments ?? []));
    await until(() => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff, 'the diff');
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), '# mine\n');
    await vscode.workspace.applyEdit(edit);
    const before = document.getText();
    await vscode.commands.executeCommand('postil.applyPreview');
    assert.equal(document.getText(), before);
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    assert.equal(document.isDirty, false);
});

test('the filter hides rows and nothing else', async () => {
    const { findings } = await extension().activate();
    await reviewed('shop.py', 1);
    assert.equal(findings.getChildren().length, 1);
    await findings.apply({ severities: [], personas: ['reviewer'] });
    assert.equal(findings.getChildren().length, 0);
    assert.equal(notes('shop.py').length, 1);
    await findings.apply({ severities: [], personas: [] });
    assert.equal(findings.getChildren().length, 1);
});

test('a hover explains a note, and runs nothing but that', async () => {
    await reviewed('shop.py', 1);
    const at = notes('shop.py')[0]?.range.start;
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', file('shop.py'), at);
    const texts = hovers.flatMap((hover) => hover.contents as vscode.MarkdownString[]);
    const ours = texts.find((text) => text.value.includes('command:postil.explainNote')) ?? assert.fail('no link');
    assert.deepEqual(ours.isTrusted, { enabledCommands: ['postil.explainNote', 'postil.showModelPrompt'] });
    const [, given = ''] = /command:postil\.explainNote\?([^)]+)\)/.exec(ours.value) ?? [];
    await vscode.commands.executeCommand('postil.explainNote', ...(JSON.parse(decodeURIComponent(given)) as unknown[]));
    const page = await until(
        (): vscode.TextDocument | undefined => vscode.workspace.textDocuments.find((one) => one.getText().includes('It subtracts where it should add.')),
        'the page',
    );
    assert.equal(page.languageId, 'markdown');
});

test('what the model was shown for a note is a page, from its hover and from the cursor', async () => {
    const document = await reviewed('shop.py', 1);
    const at = notes('shop.py')[0]?.range.start ?? assert.fail('no note');
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', file('shop.py'), at);
    const texts = hovers.flatMap((hover) => hover.contents as vscode.MarkdownString[]);
    const [, given = ''] = texts.map((text) => /command:postil\.showModelPrompt\?([^)]+)\)/.exec(text.value)).find(Boolean) ?? [];
    const shown = () => vscode.workspace.textDocuments.find((one) => one.uri.scheme === 'postil-page' && one.uri.path.endsWith('.md'));

    await vscode.commands.executeCommand('postil.showModelPrompt', ...(JSON.parse(decodeURIComponent(given)) as unknown[]));
    const page = await until(shown, 'the page');
    assert.equal(page.languageId, 'markdown');
    assert.match(page.getText(), /^# What the model was shown\n/);
    assert.match(page.getText(), /^## 1\. Review: add$/m);
    assert.ok(page.getText().includes(document.getText().trimEnd()), page.getText());

    const editor = await vscode.window.showTextDocument(document);
    editor.selection = new vscode.Selection(at, at);
    await vscode.commands.executeCommand('postil.showModelPrompt');
    assert.match((await until(shown, 'the page')).getText(), /^## 1\. .+: add$/m);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
});

test('lenses are off by default', async () => {
    const lenses = () =>
        vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', file('shop.py'), 50);
    const ours = async () => (await lenses()).filter((lens) => lens.command?.command.startsWith('postil.'));
    assert.equal((await ours()).length, 0);
    await section().update('codeLens', true, vscode.ConfigurationTarget.Global);
    assert.deepEqual((await ours()).map((lens) => lens.command?.command), ['postil.reviewRange', 'postil.action']);
    await section().update('codeLens', undefined, vscode.ConfigurationTarget.Global);
});

test('Modelfiles are a language, with problems of the server', async () => {
    const document = await vscode.workspace.openTextDocument(file('Modelfile'));
    assert.equal(document.languageId, 'modelfile');
    await until(() => vscode.languages.getDiagnostics(document.uri).length > 0, 'the problem');
    for (const name of ['a.Modelfile', 'Modelfile.team']) {
        writeFileSync(file(name).fsPath, 'FROM x\n');
        assert.equal((await vscode.workspace.openTextDocument(file(name))).languageId, 'modelfile', name);
    }
});

test('what an action asks is asked of the user', async () => {
    const { lifecycle } = await extension().activate();
    await reviewed('shop.py', 1);
    const lines = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
    const asking = lifecycle.command('postil.action', ['rewrite', file('shop.py').toString(), lines]);
    asking.catch(() => undefined);
    // The input box takes the keyboard; closing it is an answer too, and the action ends as cancelled.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    await assert.rejects(asking, /cancel/i);
});

test('models are listed with what is here', async () => {
    const { lifecycle } = await extension().activate();
    const stores = await lifecycle.command<Array<{ models: unknown[] }>>('postil.models');
    assert.ok(stores.length && stores.every((store) => Array.isArray(store.models)));
});

test('the icon and the pictures of the manifest are there', async () => {
    const root = extension().extensionPath;
    const text = readFileSync(path.join(root, 'package.json'), 'utf8');
    const named = [...text.matchAll(/"\.?\/?((?:media|syntaxes)\/[^"]+)"/g)].flatMap((match) => match[1] ?? []);
    assert.ok(named.length > 5);
    assert.deepEqual(named.filter((name) => !existsSync(path.join(root, name))), []);
});

test('stopped, nothing is left on the screen; started, it goes on', async () => {
    const { lifecycle, findings } = await extension().activate();
    await reviewed('shop.py', 1);
    await lifecycle.stop();
    assert.equal(findings.notes.all().length, 0);
    await until(() => notes('shop.py').length === 0, 'the squiggle to go');
    await lifecycle.start();
    await reviewed('shop.py', 1);
});

/** Called by VS Code. */
export async function run(): Promise<void> {
    const failed: string[] = [];
    for (const [name, body] of tests) {
        try {
            await body();
            console.log(`ok - ${name}`);
        } catch (error) {
            failed.push(name);
            console.log(`not ok - ${name}\n${error instanceof Error ? error.stack : String(error)}`);
        }
    }
    console.log(`${tests.length - failed.length} passed, ${failed.length} failed`);
    if (failed.length) {
        throw new Error(`failed: ${failed.join('; ')}`);
    }
}
