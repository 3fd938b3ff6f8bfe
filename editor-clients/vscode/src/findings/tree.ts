/** The view of all notes, by file. */

import * as vscode from 'vscode';
import { EVERYTHING, isOn, keeps, without, type Filter } from './filter.ts';
import { fileOf } from '../notebooks.ts';
import { gist, Notes, SEVERITIES, type Note, type NoteData, type Severity, type Standing } from './model.ts';

type Node = { kind: 'file'; uri: string; notes: Note[] } | { kind: 'note'; note: Note };

const ICONS: Record<Severity, [string, string]> = {
    error: ['error', 'problemsErrorIcon.foreground'],
    warning: ['warning', 'problemsWarningIcon.foreground'],
    information: ['info', 'problemsInfoIcon.foreground'],
    hint: ['lightbulb', 'problemsInfoIcon.foreground'],
};

export class FindingsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
    readonly notes = new Notes();
    private readonly changing = new vscode.EventEmitter<void>();
    readonly onDidChangeTreeData = this.changing.event;
    private readonly view: vscode.TreeView<Node>;
    private filter: Filter;

    constructor(private readonly memory: vscode.Memento) {
        this.filter = memory.get<Filter>('postil.filter', EVERYTHING);
        this.view = vscode.window.createTreeView('postil.findings', { treeDataProvider: this, showCollapseAll: true });
        this.draw();
    }

    /** The diagnostics of a file as the server has published them. */
    take(uri: vscode.Uri, diagnostics: readonly vscode.Diagnostic[]): void {
        const notes = diagnostics.flatMap((one) => {
            const data = dataOf(one);
            return data?.id ? [asNote(uri, one, data.id, data)] : [];
        });
        this.notes.set(uri.toString(), notes);
        this.draw();
    }

    clear(): void {
        this.notes.clear();
        this.draw();
    }

    /** Asks which severities and personas to show. */
    async choose(): Promise<void> {
        const personas = [...new Set([...this.notes.personas(), ...this.filter.personas])].sort();
        const rows: Array<vscode.QuickPickItem & { key?: string }> = [
            { label: vscode.l10n.t('Severity'), kind: vscode.QuickPickItemKind.Separator },
            ...SEVERITIES.map((severity) => ({
                label: severityWord(severity), description: behind(severity), key: `severity:${severity}`,
                picked: !this.filter.severities.includes(severity),
            })),
            { label: vscode.l10n.t('Persona'), kind: vscode.QuickPickItemKind.Separator },
            ...personas.map((persona) => ({
                label: persona, key: `persona:${persona}`, picked: !this.filter.personas.includes(persona),
            })),
        ];
        const title = vscode.l10n.t('Which notes to list');
        const chosen = await vscode.window.showQuickPick(rows, { canPickMany: true, title });
        if (chosen) {
            await this.apply(without(new Set(chosen.flatMap((row) => row.key ?? [])), personas));
        }
    }

    async apply(filter: Filter): Promise<void> {
        this.filter = filter;
        await this.memory.update('postil.filter', filter);
        this.draw();
    }

    getChildren(node?: Node): Node[] {
        if (!node) {
            return this.notes.files((note) => keeps(this.filter, note)).map((file) => ({ kind: 'file', ...file }));
        }
        return node.kind === 'file' ? node.notes.map((note) => ({ kind: 'note', note })) : [];
    }

    getTreeItem(node: Node): vscode.TreeItem {
        return node.kind === 'file' ? fileItem(node.uri, node.notes) : noteItem(node.note);
    }

    dispose(): void {
        this.view.dispose();
        this.changing.dispose();
    }

    private draw(): void {
        const shown = this.notes.files((note) => keeps(this.filter, note)).reduce((sum, file) => sum + file.notes.length, 0);
        const all = this.notes.all().length;
        this.view.badge = all ? { value: all, tooltip: vscode.l10n.t('Notes: {0}', all) } : undefined;
        this.view.message = isOn(this.filter) ? vscode.l10n.t('Filtered: {0} of {1}', shown, all) : undefined;
        this.changing.fire();
    }
}

function severityWord(severity: Severity): string {
    const t = vscode.l10n.t;
    return { error: t('Errors'), warning: t('Warnings'), information: t('Information'), hint: t('Hints') }[severity];
}

/** What stands behind notes of a severity: the server gives an opinion never more than information. */
function behind(severity: Severity): string {
    const t = vscode.l10n.t;
    const check = t('what a check has shown');
    return { error: check, warning: check, information: t('calibrated opinions'), hint: t('other opinions') }[severity];
}

function standingWord(standing: Standing): string {
    const t = vscode.l10n.t;
    return { calibrated: t('calibrated'), unmeasured: t('unmeasured'), chance: t('no better than chance') }[standing];
}

/** The server's data of a diagnostic; undefined when it isn't a note of ours. */
export function dataOf(diagnostic: vscode.Diagnostic): NoteData | undefined {
    const data = (diagnostic as { data?: unknown }).data;
    return typeof data === 'object' && data !== null && diagnostic.source?.startsWith('postil') ? data : undefined;
}

function asNote(uri: vscode.Uri, diagnostic: vscode.Diagnostic, id: string, data: NoteData): Note {
    return {
        id,
        uri: uri.toString(),
        line: diagnostic.range.start.line,
        character: diagnostic.range.start.character,
        severity: SEVERITIES[diagnostic.severity] ?? 'information',
        persona: data.persona ?? data.check ?? '',
        message: diagnostic.message,
        standing: data.standing,
        hasFix: Boolean(data.fix) || data.verified === true,
    };
}

function fileItem(uri: string, notes: Note[]): vscode.TreeItem {
    const parsed = vscode.Uri.parse(uri);
    const item = new vscode.TreeItem(parsed, vscode.TreeItemCollapsibleState.Expanded);
    item.iconPath = vscode.ThemeIcon.File;
    // VS Code itself tells which cell of a notebook it is.
    item.description = `${vscode.workspace.asRelativePath(fileOf(parsed))} (${notes.length})`;
    return item;
}

function noteItem(note: Note): vscode.TreeItem {
    const item = new vscode.TreeItem(gist(note));
    const [icon, colour] = ICONS[note.severity];
    item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(colour));
    const standing = note.standing && standingWord(note.standing);
    item.description = [note.persona, note.line + 1, standing].filter(Boolean).join(' · ');
    item.tooltip = note.message;
    item.id = `${note.uri}#${note.id}`;
    const at = new vscode.Position(note.line, note.character);
    const options = { selection: new vscode.Range(at, at) };
    item.command = { title: 'Open', command: 'vscode.open', arguments: [vscode.Uri.parse(note.uri), options] };
    return item;
}
