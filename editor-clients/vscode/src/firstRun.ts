/** No server is found: what the user is offered. */

import * as vscode from 'vscode';
import { MODULE, version } from './server/find.ts';
import { install, requirementOf } from './server/install.ts';
import type { Lifecycle } from './server/lifecycle.ts';
import { interpreter, ownFolder } from './server/places.ts';
import { findPython, LEAST } from './server/pythons.ts';

export class FirstRun {
    private offered = false;
    private static readonly NEVER = 'postil.neverOffer';
    private running = false;

    constructor(
        private readonly context: vscode.ExtensionContext,
        private readonly lifecycle: Lifecycle,
        private readonly log: vscode.LogOutputChannel,
    ) {}

    /** Once a window: whether to install it. */
    async offer(): Promise<void> {
        if (this.offered) {
            return;
        }
        this.offered = true;
        const t = vscode.l10n.t;
        const wrong = this.lifecycle.tried.find((one) => one.origin === 'setting');
        if (wrong) {
            const settings = t('Settings');
            const text = t('{0}, which postil.server.path names, is no Postil: {1}', wrong.command, wrong.why);
            if ((await vscode.window.showErrorMessage(text, settings)) === settings) {
                await vscode.commands.executeCommand('workbench.action.openSettings', 'postil.server.path');
            }
            return;
        }
        if (this.context.globalState.get<boolean>(FirstRun.NEVER)) {
            return;
        }
        const yes = t('Install');
        const never = t('Never');
        const text = t('Postil is not on PATH. Install it into a folder of this extension (about 300 MB with its engine)?');
        const answer = await vscode.window.showInformationMessage(text, yes, t('Not now'), never);
        if (answer === yes) {
            await this.install();
        } else if (answer === never) {
            // The status bar, the view and the command go on offering it.
            await this.context.globalState.update(FirstRun.NEVER, true);
        }
    }

    async install(): Promise<void> {
        if (this.running) {
            return;
        }
        this.running = true;
        try {
            await this.installing();
        } finally {
            this.running = false;
        }
    }

    private async installing(): Promise<void> {
        const t = vscode.l10n.t;
        const windows = process.platform === 'win32';
        const { python, tried } = await findPython(await interpreter(), windows);
        if (!python) {
            await this.noPython(tried);
            return;
        }
        const options = { location: vscode.ProgressLocation.Notification, title: t('Installing Postil'), cancellable: true };
        const abort = new AbortController();
        const failure = await vscode.window.withProgress(options, async (progress, token) => {
            token.onCancellationRequested(() => abort.abort());
            try {
                const number = String(this.context.extension.packageJSON.version);
                const command = await install({
                    python,
                    folder: ownFolder(this.context),
                    requirement: await requirementOf(this.context.extensionPath, number),
                    windows,
                    tell: (message) => progress.report({ message }),
                    log: (line) => this.log.info(line),
                    signal: abort.signal,
                });
                return (await version({ command, args: MODULE, origin: 'own' })).why;
            } catch (error) {
                return error instanceof Error ? error.message : String(error);
            }
        });
        if (abort.signal.aborted) {
            return;
        }
        if (failure) {
            const log = t('Show the log');
            const again = t('Try again');
            const answer = await vscode.window.showErrorMessage(t('Postil could not be installed: {0}', failure), again, log);
            if (answer === log) {
                this.log.show();
            } else if (answer === again) {
                await this.installing();
            }
            return;
        }
        await this.lifecycle.start();
        void vscode.window.showInformationMessage(t('Postil is installed. Its menu in the status bar reviews a file.'));
    }

    private async noPython(tried: string[]): Promise<void> {
        const t = vscode.l10n.t;
        tried.forEach((line) => this.log.warn(`no Python for Postil: ${line}`));
        const page = vscode.Uri.joinPath(this.context.extensionUri, 'media', t('no-python.md'));
        await vscode.commands.executeCommand('markdown.showPreview', page);
        const again = t('Try again');
        const text = t('No Python {0} or later was found: the page says how to get one.', LEAST.join('.'));
        if ((await vscode.window.showWarningMessage(text, again)) === again) {
            await this.installing();
        }
    }
}
