/** `postil doctor` as a page of the editor. */

import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import type { Lifecycle } from './server/lifecycle.ts';

export const PAGE = 'postil-page';
/** Of VS Code's own Markdown extension. */
const PREVIEW = 'markdown.showPreview';
/** It asks engines that may not answer. */
const SECONDS = 60;

export class Pages implements vscode.TextDocumentContentProvider {
    private readonly texts = new Map<string, string>();
    private readonly changing = new vscode.EventEmitter<vscode.Uri>();
    readonly onDidChange = this.changing.event;

    provideTextDocumentContent(uri: vscode.Uri): string {
        return this.texts.get(uri.path) ?? '';
    }

    async show(name: string, text: string): Promise<void> {
        const page = await vscode.workspace.openTextDocument(this.filled(name, text));
        await vscode.window.showTextDocument(page, { preview: true });
    }

    /** Markdown as it is meant to be read; as text where VS Code's own viewer is switched off. */
    async preview(name: string, text: string): Promise<void> {
        if (!(await vscode.commands.getCommands(true)).includes(PREVIEW)) {
            await this.show(name, text);
            return;
        }
        await vscode.commands.executeCommand(PREVIEW, this.filled(name, text));
    }

    private filled(name: string, text: string): vscode.Uri {
        const uri = vscode.Uri.from({ scheme: PAGE, path: name });
        this.texts.set(name, text);
        this.changing.fire(uri);
        return uri;
    }
}

export async function doctor(lifecycle: Lifecycle, pages: Pages): Promise<void> {
    const found = lifecycle.found;
    if (!found) {
        await vscode.commands.executeCommand('postil.install');
        return;
    }
    const title = vscode.l10n.t('Postil looks around');
    const text = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
        said(found.command, [...found.args, 'doctor']),
    );
    await pages.show('Postil doctor.txt', text);
}

function said(command: string, args: string[]): Promise<string> {
    const cwd = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    const env = { ...process.env, NO_COLOR: '1', COLUMNS: '110', PYTHONUTF8: '1' };
    return new Promise((resolve) => {
        execFile(command, args, { cwd, env, timeout: SECONDS * 1000, windowsHide: true }, (error, stdout, stderr) => {
            resolve([stdout, stderr, !stdout && error ? error.message : ''].filter(Boolean).join('\n'));
        });
    });
}
