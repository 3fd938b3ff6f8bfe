/** The server as a process: found, started, stopped, started anew; never two at once. */

import * as vscode from 'vscode';
import { ExecuteCommandRequest, LanguageClient, RevealOutputChannelOn, State } from 'vscode-languageclient/node';
import type { LanguageClientOptions, ServerOptions } from 'vscode-languageclient/node';
import { find, fits, type Found, type Tried } from './find.ts';
import { logged } from './log.ts';
import { places } from './places.ts';
import { Queue } from './queue.ts';

export type Stage = 'stopped' | 'looking' | 'missing' | 'starting' | 'running' | 'failed';

/** What the rest of the extension adds to a client before it starts. */
export interface Fitting {
    options: () => LanguageClientOptions;
    fit: (client: LanguageClient) => void;
}

export class Lifecycle implements vscode.Disposable {
    private readonly queue = new Queue();
    private readonly changing = new vscode.EventEmitter<Stage>();
    private client: LanguageClient | undefined;
    private warned = '';
    stage: Stage = 'stopped';
    found: Found | undefined;
    tried: Tried[] = [];
    /** Why it could not be started; '' when it could. */
    trouble = '';
    readonly changed = this.changing.event;

    constructor(
        private readonly context: vscode.ExtensionContext,
        private readonly log: vscode.LogOutputChannel,
        private readonly fitting: Fitting,
    ) {}

    start(): Promise<void> {
        return this.queue.run(async () => {
            await this.end();
            await this.begin();
        });
    }

    stop(): Promise<void> {
        return this.queue.run(() => this.end());
    }

    dispose(): void {
        this.changing.dispose();
    }

    get running(): LanguageClient | undefined {
        return this.stage === 'running' ? this.client : undefined;
    }

    /** A command of the server's. Raises its error; a sentence with the next step when there is no server. */
    async command<T>(name: string, args: unknown[] = [], token?: vscode.CancellationToken): Promise<T> {
        const client = this.running;
        if (!client) {
            throw new Error(vscode.l10n.t('Postil is not running. Restart it from its menu in the status bar.'));
        }
        const params = { command: name, arguments: args };
        return (await client.sendRequest(ExecuteCommandRequest.type, params, token)) as T;
    }

    private async begin(): Promise<void> {
        this.enter('looking');
        const { found, tried } = await find(await places(this.context));
        this.found = found;
        this.tried = tried;
        for (const one of tried) {
            this.log.warn(`not used: ${one.command} (${one.origin}): ${one.why}`);
        }
        if (!found) {
            this.enter('missing');
            return;
        }
        this.log.info(`Postil ${found.version}: ${found.command} (${found.origin})`);
        this.warn(found);
        this.enter('starting');
        const client = new LanguageClient('postil', 'Postil', this.program(found), {
            ...this.fitting.options(),
            outputChannel: this.log,
            // Nothing else may come on stdout: that is the protocol's.
            stdioOptions: { stdout: () => undefined, stderr: (input) => logged(input, this.log) },
            revealOutputChannelOn: RevealOutputChannelOn.Never,
        });
        this.client = client;
        this.fitting.fit(client);
        client.onDidChangeState((change) => {
            if (this.client === client && change.newState === State.Stopped && this.stage === 'running') {
                this.enter('failed', vscode.l10n.t('The server has ended: the log says why. Restart it from this menu.'));
            } else if (this.client === client && change.newState === State.Running && this.stage === 'failed') {
                this.enter('running');
            }
        });
        try {
            await client.start();
            this.enter('running');
        } catch (error) {
            this.log.error(`can't start: ${String(error)}`);
            this.enter('failed', error instanceof Error ? error.message : String(error));
        }
    }

    private async end(): Promise<void> {
        const client = this.client;
        this.client = undefined;
        this.enter('stopped');
        if (client) {
            // A server that hangs is left to the client, which kills it after this.
            await client.dispose(2000).catch((error: unknown) => this.log.warn(`stopping: ${String(error)}`));
        }
    }

    private program(found: Found): ServerOptions {
        const more = vscode.workspace.getConfiguration('postil').get<string[]>('server.args', []);
        const args = [...found.args, 'serve', '--stdio', ...more];
        const options = { cwd: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath };
        return { command: found.command, args, options };
    }

    private warn(found: Found): void {
        const ours = String(this.context.extension.packageJSON.version);
        if (fits(found.version, ours) || this.warned === found.version) {
            return;
        }
        this.warned = found.version;
        void vscode.window.showWarningMessage(
            vscode.l10n.t('This extension was made for Postil {0}, {1} is {2}.', ours, found.command, found.version),
        );
    }

    private enter(stage: Stage, trouble = ''): void {
        this.trouble = trouble;
        if (stage !== this.stage) {
            this.stage = stage;
            void vscode.commands.executeCommand('setContext', 'postil.stage', stage);
            this.changing.fire(stage);
        }
    }
}
