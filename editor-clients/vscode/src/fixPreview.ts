/** A proposed edit is shown as a diff first; applied by a key or a button, or discarded. */

import * as vscode from 'vscode';
import { CELL } from './notebooks.ts';

export const SCHEME = 'postil-preview';
const PREVIEW = 'postil.previewFix';
/** Fixes that menus may still show; each request for the actions of a place makes some. */
const MOST_OFFERED = 200;

interface Proposal {
    uri: vscode.Uri;
    version: number;
    edits: vscode.TextEdit[];
    after: string;
    then: vscode.Command | undefined;
    /** Told once: whether it was applied. */
    decided?: ((applied: boolean) => void) | undefined;
}

/** Whether the user wants to see a difference before it applies. */
export function previews(): boolean {
    return vscode.workspace.getConfiguration('postil').get<boolean>('previewFixes', true);
}

/** Whether an action's edit is shown before it applies: that of a fix, in one open file. */
function previewed(action: vscode.CodeAction): boolean {
    const fix = action.kind && vscode.CodeActionKind.QuickFix.contains(action.kind);
    const ignoring = action.kind?.value.startsWith('quickfix.postil.ignore');
    const [entry, ...more] = action.edit?.entries() ?? [];
    // A cell can't be shown as an editor of its own, in which an edit could be looked at and undone.
    return previews() && !!fix && !ignoring && !!entry && !more.length && entry[0].scheme !== CELL;
}

export class FixPreview implements vscode.TextDocumentContentProvider, vscode.Disposable {
    private readonly proposals = new Map<string, Proposal>();
    private readonly disposables: vscode.Disposable[];
    /** A command's arguments go through JSON, where an edit is no edit any more: so they are kept here. */
    private readonly offered = new Map<number, vscode.CodeAction>();
    private made = 0;

    constructor() {
        this.disposables = [
            vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
            vscode.commands.registerCommand(PREVIEW, (id: number) => this.show(this.offered.get(id))),
            vscode.commands.registerCommand('postil.applyPreview', () => this.apply()),
            vscode.commands.registerCommand('postil.discardPreview', () => this.close(current())),
            vscode.window.tabGroups.onDidChangeTabs((change) => change.closed.forEach((tab) => this.gone(tab))),
        ];
    }

    /** The action with a preview in place of its edit; as it is where it has none, or one that isn't of one open file. */
    wrapped(action: vscode.CodeAction): vscode.CodeAction {
        if (!previewed(action)) {
            return action;
        }
        const shown = new vscode.CodeAction(action.title, action.kind);
        shown.diagnostics = action.diagnostics;
        shown.isPreferred = action.isPreferred;
        const id = ++this.made;
        this.offered.set(id, action);
        for (const old of [...this.offered.keys()].slice(0, -MOST_OFFERED)) {
            this.offered.delete(old);
        }
        shown.command = { title: action.title, command: PREVIEW, arguments: [id] };
        return shown;
    }

    /** Whether this is an action with a preview in place of its edit. */
    offers(action: vscode.CodeAction): boolean {
        return action.command?.command === PREVIEW;
    }

    /** An action whose edit has come. VS Code drops the command of one whose menu has closed meanwhile, long before a model
     * has answered: so its preview is opened from here, and nothing is left for VS Code to do. */
    resolved(action: vscode.CodeAction): vscode.CodeAction {
        if (!previewed(action)) {
            return action;
        }
        void this.show(action);
        return new vscode.CodeAction(action.title, action.kind);
    }

    /** Shows an edit of the server's own under its label; whether the user has applied it. */
    async decided(label: string, edit: vscode.WorkspaceEdit): Promise<boolean> {
        const action = new vscode.CodeAction(label, vscode.CodeActionKind.QuickFix);
        action.edit = edit;
        return new Promise((resolve, reject) => this.show(action, resolve).catch(reject));
    }

    provideTextDocumentContent(uri: vscode.Uri): string {
        return this.proposals.get(uri.toString())?.after ?? '';
    }

    dispose(): void {
        vscode.Disposable.from(...this.disposables).dispose();
    }

    private async show(action: vscode.CodeAction | undefined, decided?: (applied: boolean) => void): Promise<void> {
        const [entry] = action?.edit?.entries() ?? [];
        if (!action || !entry) {
            decided?.(false);
            return;
        }
        const [uri, edits] = entry;
        const document = await vscode.workspace.openTextDocument(uri);
        const after = applied(document, edits);
        // The number makes each one new: VS Code keeps what it has read of a URI. The path's end decides the language.
        const shown = uri.with({ scheme: SCHEME, query: String(++this.made) });
        this.proposals.set(shown.toString(), { uri, version: document.version, edits, after, then: action.command, decided });
        await vscode.languages.setTextDocumentLanguage(await vscode.workspace.openTextDocument(shown), document.languageId);
        const title = `${action.title}: ${vscode.workspace.asRelativePath(uri)}`;
        const first = edits[0]?.range.start ?? new vscode.Position(0, 0);
        const selection = new vscode.Range(first, first);
        await vscode.commands.executeCommand('vscode.diff', uri, shown, title, { preview: true, selection });
    }

    private async apply(): Promise<void> {
        const shown = current();
        const proposal = shown && this.proposals.get(shown.toString());
        if (!shown || !proposal) {
            return;
        }
        const { decided } = proposal;
        proposal.decided = undefined;
        const document = await vscode.workspace.openTextDocument(proposal.uri);
        await this.close(shown);
        const applied = await this.edited(document, proposal);
        decided?.(applied);
        if (applied && proposal.then) {
            await vscode.commands.executeCommand(proposal.then.command, ...(proposal.then.arguments ?? []));
        }
    }

    private async edited(document: vscode.TextDocument, proposal: Proposal): Promise<boolean> {
        if (document.version !== proposal.version) {
            const text = vscode.l10n.t('The file has changed since the fix was proposed, and nothing was edited: choose the fix again.');
            void vscode.window.showWarningMessage(text);
            return false;
        }
        const edit = new vscode.WorkspaceEdit();
        edit.set(proposal.uri, proposal.edits);
        const editor = await vscode.window.showTextDocument(document, { preview: false });
        if (!(await vscode.workspace.applyEdit(edit))) {
            void vscode.window.showWarningMessage(vscode.l10n.t('The editor has not made the edit: can the file be written?'));
            return false;
        }
        const first = proposal.edits[0]?.range.start;
        if (first) {
            editor.selection = new vscode.Selection(first, first);
            editor.revealRange(new vscode.Range(first, first), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
        }
        return true;
    }

    private async close(shown: vscode.Uri | undefined): Promise<void> {
        if (shown) {
            const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
            await vscode.window.tabGroups.close(tabs.filter((tab) => proposedIn(tab)?.toString() === shown.toString()));
        }
    }

    private gone(tab: vscode.Tab): void {
        const shown = proposedIn(tab);
        if (shown) {
            this.proposals.get(shown.toString())?.decided?.(false);
            this.proposals.delete(shown.toString());
        }
    }
}

/** The proposal in the active tab. */
function current(): vscode.Uri | undefined {
    return proposedIn(vscode.window.tabGroups.activeTabGroup.activeTab);
}

function proposedIn(tab: vscode.Tab | undefined): vscode.Uri | undefined {
    const input = tab?.input;
    return input instanceof vscode.TabInputTextDiff && input.modified.scheme === SCHEME ? input.modified : undefined;
}

/** The text after the edits, which don't overlap. */
function applied(document: vscode.TextDocument, edits: readonly vscode.TextEdit[]): string {
    let text = document.getText();
    const last = [...edits].sort((a, b) => b.range.start.compareTo(a.range.start));
    for (const edit of last) {
        const start = document.offsetAt(edit.range.start);
        text = text.slice(0, start) + edit.newText + text.slice(document.offsetAt(edit.range.end));
    }
    return text;
}
