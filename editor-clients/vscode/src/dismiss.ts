/** "Not here", with a reason. */

import * as vscode from 'vscode';
import type { Lifecycle } from './server/lifecycle.ts';
import { dataOf } from './findings/tree.ts';

export const IGNORE = 'postil.ignoreWithReason';

/** One more action for each of our notes: the reason is asked for when it is chosen. */
export function ignoring(document: vscode.TextDocument, diagnostics: readonly vscode.Diagnostic[]): vscode.CodeAction[] {
    return diagnostics.flatMap((diagnostic) => {
        const data = dataOf(diagnostic);
        const id = data?.id;
        // A failing test isn't an opinion that one could ignore.
        if (!id || data.check) {
            return [];
        }
        const title = vscode.l10n.t('Postil: ignore this note with a reason…');
        const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix.append('postil.ignore'));
        action.diagnostics = [diagnostic];
        action.command = { title, command: IGNORE, arguments: [document.uri.toString(), id] };
        return [action];
    });
}

export async function ignore(lifecycle: Lifecycle, uri: string, id: string): Promise<void> {
    const t = vscode.l10n.t;
    const places = [
        { label: t('Here'), description: t('a comment above the line'), where: 'line' },
        { label: t('In this file'), description: t('a comment at its top'), where: 'file' },
        { label: t('In the workspace'), description: '.postil/baseline.json', where: 'workspace' },
    ];
    const place = await vscode.window.showQuickPick(places, { title: t('Where is this note not to be shown?') });
    if (!place) {
        return;
    }
    const reason = await vscode.window.showInputBox({ title: t('Why? (may stay empty)') });
    if (reason !== undefined) {
        await lifecycle.command('postil.dismiss', [uri, id, place.where, ...(reason ? [reason] : [])]);
    }
}
