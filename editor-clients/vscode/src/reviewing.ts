/** Reviews by command: this file, git's changes, the workspace. */

import * as vscode from 'vscode';
import { activeOrTold } from './notebooks.ts';
import type { Progresses } from './progress.ts';
import type { Lifecycle } from './server/lifecycle.ts';

/** What the server says of many files. */
interface Read {
    files: number;
    skipped: number;
    notes: number;
    unread?: number;
}

export class Reviewing {
    constructor(
        private readonly lifecycle: Lifecycle,
        private readonly progresses: Progresses,
    ) {}

    async file(): Promise<void> {
        const uri = activeOrTold();
        if (uri) {
            await this.lifecycle.command('postil.review', [uri.toString()]);
        }
    }

    async changes(): Promise<void> {
        const t = vscode.l10n.t;
        const since = [
            { label: t('Since the last commit'), description: 'HEAD', rev: 'HEAD' },
            { label: t('Since another revision…'), description: t('a branch, a tag, a commit'), rev: '' },
        ];
        const chosen = await vscode.window.showQuickPick(since, { title: t('Review the changes') });
        const rev = chosen?.rev === '' ? await vscode.window.showInputBox({ title: t('Since which revision?') }) : chosen?.rev;
        if (rev) {
            await this.many(t('Reviewing the changes'), 'Reviewing the changes', 'postil.reviewChanges', [rev]);
        }
    }

    async workspace(): Promise<void> {
        const t = vscode.l10n.t;
        await this.many(t('Reviewing the workspace'), 'Reviewing the workspace', 'postil.reviewWorkspace', []);
    }

    private async many(title: string, head: string, name: string, args: unknown[]): Promise<void> {
        const read = await this.progresses.follow<Read>(this.lifecycle, title, head, name, args);
        if (read) {
            const text = vscode.l10n.t('Files read: {0}; notes: {1}; files left out: {2}.', read.files, read.notes, read.skipped);
            const unread = read.unread ? ` ${vscode.l10n.t('Units that could not be reviewed: {0}.', read.unread)}` : '';
            const show = vscode.l10n.t('Show');
            const answer = read.notes ? [show] : [];
            const tell = unread ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
            if ((await tell(text + unread, ...answer)) === show) {
                await vscode.commands.executeCommand('postil.findings.focus');
            }
        }
    }
}
