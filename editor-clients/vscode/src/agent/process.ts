/** `postil acp` as a process: started with the server's own program when it is first needed, one for the window. */

import { spawn, type ChildProcess } from 'node:child_process';
import * as vscode from 'vscode';
import type { Lifecycle } from '../server/lifecycle.ts';
import { logged } from '../server/log.ts';
import { PROTOCOL } from './protocol.ts';
import { Rpc } from './rpc.ts';

/** Until one that was asked to end is ended. */
const GRACE_MS = 2000;

export class AgentProcess {
    private child: ChildProcess | undefined;
    private rpc: Promise<Rpc> | undefined;

    constructor(
        private readonly lifecycle: Lifecycle,
        private readonly log: vscode.LogOutputChannel,
        private readonly handle: (method: string, params: unknown) => unknown,
        private readonly ended: () => void,
    ) {}

    /** The connection, once the two know each other. Raises a sentence with the next step. */
    ready(): Promise<Rpc> {
        const begun = (this.rpc ??= this.start());
        begun.catch(() => {
            if (this.rpc === begun) {
                this.rpc = undefined;
            }
        });
        return begun;
    }

    /** Nothing of it runs afterwards. */
    async stop(): Promise<void> {
        const child = this.child;
        this.child = this.rpc = undefined;
        this.ended();
        if (!child || child.exitCode !== null || child.signalCode !== null) {
            return;
        }
        const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
        // It ends where there is nobody to read from any more.
        child.stdin?.end();
        const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
        await gone;
        clearTimeout(timer);
    }

    private async start(): Promise<Rpc> {
        const found = this.lifecycle.found;
        if (!found) {
            throw new Error(vscode.l10n.t('Postil is not running. Restart it from its menu in the status bar.'));
        }
        const args = [...found.args, 'acp'];
        this.log.info(`the agent: ${found.command} ${args.join(' ')}`);
        const cwd = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
        const child = spawn(found.command, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
        this.child = child;
        let last = '';
        child.stderr.on('data', (data: Buffer) => (last = data.toString().trim().split('\n').pop() || last));
        logged(child.stderr, this.log);
        const rpc = new Rpc(child.stdout, child.stdin, this.handle);
        const over = (why: string): void => {
            rpc.end(why);
            if (this.child === child) {
                this.child = this.rpc = undefined;
                this.ended();
            }
        };
        child.once('error', (error) => over(error.message));
        child.once('close', (code) => over(last || vscode.l10n.t('The agent has ended (code {0}): the log says why.', String(code))));
        await rpc.request('initialize', {
            protocolVersion: PROTOCOL,
            clientInfo: { name: 'vscode', version: vscode.version },
            clientCapabilities: { fs: { readTextFile: true, writeTextFile: true }, terminal: false },
        });
        return rpc;
    }
}
