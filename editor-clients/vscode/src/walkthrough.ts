/** The steps of the walkthrough that are done, told to VS Code as contexts: it hears of a command only where its own window
 * has run it, not where one of our menus has. What is ticked it keeps. */

import * as vscode from 'vscode';

/** As the manifest has them. */
export type Step = 'install' | 'model' | 'save' | 'type';

/** The page's tab is told before its steps listen; on a slow machine that takes some hundred milliseconds. */
const LISTENS_MS = 1500;

/** VS Code 1.139 ticks a step when its context becomes true while the step listens, and never in this session when it was
 * true already: so the contexts are true for a moment only, and once more whenever a page is opened. */
export class Walkthrough implements vscode.Disposable {
    private readonly done = new Set<Step>();
    private timer: NodeJS.Timeout | undefined;
    private readonly watching = vscode.window.tabGroups.onDidChangeTabs(({ opened, changed }) => {
        // Pages of VS Code's own have no input that extensions know.
        if ([...opened, ...changed].some((tab) => tab.input === undefined)) {
            this.tell();
            clearTimeout(this.timer);
            this.timer = setTimeout(() => this.tell(), LISTENS_MS);
        }
    });

    tick(step: Step): void {
        if (!this.done.has(step)) {
            this.done.add(step);
            this.tell();
        }
    }

    dispose(): void {
        clearTimeout(this.timer);
        this.watching.dispose();
    }

    private tell(): void {
        for (const step of this.done) {
            void vscode.commands.executeCommand('setContext', `postil.done.${step}`, true);
            void vscode.commands.executeCommand('setContext', `postil.done.${step}`, false);
        }
    }
}
