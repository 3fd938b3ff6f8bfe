/** The steps of the walkthrough that are done: told to VS Code as contexts, because it hears of a command only where its
 * own window has run it, not where one of our menus has. VS Code keeps what was ticked. */

import * as vscode from 'vscode';

/** As the manifest has them. */
export type Step = 'install' | 'model' | 'save' | 'type';

export class Walkthrough {
    private readonly done = new Set<Step>();

    tick(step: Step): void {
        if (!this.done.has(step)) {
            this.done.add(step);
            void vscode.commands.executeCommand('setContext', `postil.done.${step}`, true);
        }
    }
}
