/** A command of the server's under a notification with its progress and a cancel button. */

import * as vscode from 'vscode';
import type { WorkDoneProgressBegin, WorkDoneProgressEnd, WorkDoneProgressReport } from 'vscode-languageclient';
import type { Middleware } from 'vscode-languageclient/node';
import type { Lifecycle } from './server/lifecycle.ts';

type Step = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

export class Progresses {
    private readonly listeners = new Map<string, (step: WorkDoneProgressReport) => void>();
    private readonly tokens = new Map<string | number, string>();

    /** Steps of a progress whose title begins with what somebody waits for go there, all others into the status bar. */
    readonly handle: Middleware['handleWorkDoneProgress'] = (token, step: Step, next) => {
        if (step.kind === 'begin') {
            const title = [...this.listeners.keys()].find((one) => step.title.startsWith(one));
            if (title !== undefined) {
                this.tokens.set(token, title);
            }
        }
        const title = this.tokens.get(token);
        if (title === undefined) {
            next(token, step);
        } else if (step.kind === 'report') {
            this.listeners.get(title)?.(step);
        } else if (step.kind === 'end') {
            this.tokens.delete(token);
        }
    };

    /** `head`: how the server's progress begins. The answer; undefined when the user has cancelled. */
    async follow<T>(lifecycle: Lifecycle, title: string, head: string, name: string, args: unknown[]): Promise<T | undefined> {
        const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
        return vscode.window.withProgress(options, async (progress, token) => {
            let last = 0;
            this.listeners.set(head, ({ message, percentage }) => {
                const increment = percentage === undefined ? undefined : Math.max(0, percentage - last);
                last = percentage ?? last;
                progress.report({ message, increment });
            });
            try {
                return await lifecycle.command<T>(name, args, token);
            } catch (error) {
                if (token.isCancellationRequested) {
                    return undefined;
                }
                throw error;
            } finally {
                this.listeners.delete(head);
            }
        });
    }
}
