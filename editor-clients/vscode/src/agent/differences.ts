/** The two sides of an edit that the agent proposes, in VS Code's difference editor. */

import * as vscode from 'vscode';
import type { Diff } from './protocol.ts';

const SCHEME = 'postil-agent';
/** Sides that an editor may still show. */
const MOST = 100;

export class Differences implements vscode.TextDocumentContentProvider, vscode.Disposable {
    private readonly sides = new Map<string, string>();
    private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
    private made = 0;

    provideTextDocumentContent(uri: vscode.Uri): string {
        return this.sides.get(uri.toString()) ?? '';
    }

    async show(diff: Diff): Promise<void> {
        const title = vscode.l10n.t('{0}: proposed', vscode.workspace.asRelativePath(diff.path));
        const before = this.side(diff.path, diff.oldText ?? '');
        await vscode.commands.executeCommand('vscode.diff', before, this.side(diff.path, diff.newText), title, { preview: true });
    }

    /** What was proposed is decided: its editors go. */
    async close(): Promise<void> {
        const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
        const ours = tabs.filter(({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.scheme === SCHEME);
        await vscode.window.tabGroups.close(ours, true);
    }

    dispose(): void {
        this.registration.dispose();
    }

    /** The number makes each one new: VS Code keeps what it has read. The path's end decides the language. */
    private side(path: string, text: string): vscode.Uri {
        const uri = vscode.Uri.file(path).with({ scheme: SCHEME, query: String(++this.made) });
        this.sides.set(uri.toString(), text);
        for (const old of [...this.sides.keys()].slice(0, -MOST)) {
            this.sides.delete(old);
        }
        return uri;
    }
}
