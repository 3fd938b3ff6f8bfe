/** Completions shown and accepted: kept on this machine, never sent anywhere, seen in a view. */

import * as vscode from 'vscode';
import { added, dayOf, since, type Day, type Days } from './countsModel.ts';
import type { Lifecycle } from './server/lifecycle.ts';

const KEY = 'postil.completionDays';
/** The server counts; a glance at a minute's distance costs nothing and loses little when it dies. */
const EVERY_MS = 60_000;

export class Counts implements vscode.TreeDataProvider<vscode.TreeItem>, vscode.Disposable {
    private readonly changing = new vscode.EventEmitter<void>();
    readonly onDidChangeTreeData = this.changing.event;
    private readonly timer: NodeJS.Timeout;
    private readonly view: vscode.TreeView<vscode.TreeItem>;
    private before: Day = { shown: 0, accepted: 0 };

    constructor(
        private readonly memory: vscode.Memento,
        private readonly lifecycle: Lifecycle,
    ) {
        this.view = vscode.window.createTreeView('postil.counts', { treeDataProvider: this });
        this.view.onDidChangeVisibility((change) => change.visible && void this.look());
        this.timer = setInterval(() => void this.look(), EVERY_MS);
        lifecycle.changed((stage) => {
            if (stage === 'starting') {
                this.before = { shown: 0, accepted: 0 };
            }
        });
    }

    /** Asks the server and keeps what is new. */
    async look(): Promise<Days> {
        const days = this.memory.get<Days>(KEY, {});
        if (!this.lifecycle.running) {
            return days;
        }
        const now = await this.lifecycle.command<Day>('postil.completionCounts').catch(() => undefined);
        if (!now) {
            return days;
        }
        const next = added(days, dayOf(new Date()), this.before, now);
        this.before = now;
        if (next !== days) {
            await this.memory.update(KEY, next);
        }
        this.changing.fire();
        return next;
    }

    async reset(): Promise<void> {
        await this.look();
        await this.memory.update(KEY, {});
        this.changing.fire();
    }

    getTreeItem(item: vscode.TreeItem): vscode.TreeItem {
        return item;
    }

    getChildren(): vscode.TreeItem[] {
        const days = this.memory.get<Days>(KEY, {});
        const t = vscode.l10n.t;
        const spans: Array<[string, number]> = [[t('Today'), 1], [t('7 days'), 7], [t('30 days'), 30], [t('A year'), 366]];
        return spans.map(([label, count]) => {
            const { shown, accepted } = since(days, new Date(), count);
            const item = new vscode.TreeItem(label);
            const share = shown ? ` (${Math.round((100 * accepted) / shown)} %)` : '';
            item.description = t('{0} shown, {1} accepted', shown, accepted) + share;
            item.iconPath = new vscode.ThemeIcon('graph');
            return item;
        });
    }

    dispose(): void {
        clearInterval(this.timer);
        this.view.dispose();
        this.changing.dispose();
    }
}
