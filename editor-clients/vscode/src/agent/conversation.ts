/** One conversation with the agent: its session, the turn that runs, and the list of what has happened. */

import * as vscode from 'vscode';
import type { Call, Block, Mode, Modes, Outcome, PermissionAsked, Update } from './protocol.ts';
import * as files from './files.ts';
import { METHOD_NOT_FOUND, RpcError, type Rpc } from './rpc.ts';
import { diffsOf, linesOf, type Shown } from './shown.ts';

/** Of the list: a view that is opened anew shows it again. */
const MOST_SHOWN = 2000;

export interface Around {
    /** The connection to the process, which is started for it. */
    ready: () => Promise<Rpc>;
    /** Ends the process, whatever it does. */
    abort: () => Promise<void>;
    /** The user's settings in a folder, as the server takes them; whether it is trusted is one of them. */
    settings: (folder: vscode.Uri) => Record<string, unknown>;
    show: (one: Shown) => void;
    changed: () => void;
}

interface Waiting {
    asked: PermissionAsked;
    answer: (outcome: Outcome, name: string, kind: string) => void;
}

export class Conversation {
    readonly shown: Shown[] = [];
    readonly calls = new Map<string, Call>();
    readonly waiting = new Map<string, Waiting>();
    busy = false;
    mode = 'edit';
    modes: Mode[] = ['ask', 'edit', 'auto'].map((id) => ({ id, name: id }));
    private session = '';
    private folder: vscode.Uri | undefined;
    /** The session goes by settings that are over. */
    private stale = false;
    private replaying = false;
    private number = 0;

    constructor(private readonly around: Around) {}

    async ask(text: string, beside: Block[], names: string[]): Promise<void> {
        if (this.busy) {
            return;
        }
        const folder = (this.folder ??= folderOf(vscode.window.activeTextEditor?.document.uri));
        this.show({ kind: 'asked', text, beside: names });
        if (!folder) {
            this.show({ kind: 'ended', text: vscode.l10n.t('Open a folder first: the agent works in one.'), failed: true });
            return;
        }
        this.busy = true;
        this.around.changed();
        try {
            const rpc = await this.begun(folder);
            const prompt = [{ type: 'text', text }, ...beside];
            const { stopReason } = await rpc.request<{ stopReason: string }>('session/prompt', { sessionId: this.session, prompt });
            this.show({ kind: 'ended', text: stopReason === 'cancelled' ? vscode.l10n.t('Stopped.') : '', failed: false });
        } catch (error) {
            this.show({ kind: 'ended', text: error instanceof Error ? error.message : String(error), failed: true });
        } finally {
            this.settle();
            this.busy = false;
            this.around.changed();
        }
    }

    async stop(): Promise<void> {
        if (this.busy && this.session) {
            (await this.around.ready()).notify('session/cancel', { sessionId: this.session });
            this.settle();
        } else if (this.busy) {
            // It hasn't even begun.
            await this.around.abort();
        }
    }

    async choose(mode: string): Promise<void> {
        this.mode = mode;
        this.around.changed();
        if (this.session) {
            await (await this.around.ready()).request('session/set_mode', { sessionId: this.session, modeId: mode });
        }
    }

    /** Another one from now on; nothing of the old one goes on. */
    async clear(): Promise<void> {
        const session = this.session;
        await this.stop();
        this.forget();
        this.shown.length = 0;
        this.calls.clear();
        this.folder = undefined;
        if (session) {
            const rpc = await this.around.ready();
            await rpc.request('session/close', { sessionId: session }).catch(() => undefined);
        }
    }

    /** Settings have changed, or the workspace's trust. */
    outdate(): void {
        this.stale = true;
    }

    /** The process has gone, and its sessions with it. */
    forget(): void {
        this.session = '';
        this.settle();
    }

    /** What the agent calls. */
    handle(method: string, params: unknown): unknown {
        switch (method) {
            case 'session/update': {
                const { sessionId, update } = params as { sessionId: string; update: Update };
                return sessionId === this.session && !this.replaying ? this.heard(update) : undefined;
            }
            case 'session/request_permission':
                return this.permit(params as PermissionAsked);
            case 'fs/read_text_file': {
                const { path, line, limit } = params as { path: string; line?: number; limit?: number };
                return files.read(path, line, limit).then((content) => ({ content }));
            }
            case 'fs/write_text_file': {
                const { path, content } = params as { path: string; content: string };
                return files.write(path, content).then(() => ({}));
            }
            default:
                throw new RpcError('there is no such method here', METHOD_NOT_FOUND);
        }
    }

    private async begun(folder: vscode.Uri): Promise<Rpc> {
        const rpc = await this.around.ready();
        const given = { cwd: folder.fsPath, mcpServers: [], _meta: { postil: { settings: this.around.settings(folder) } } };
        if (this.session && this.stale) {
            // The same conversation by the settings of now; what it has said is on the screen already.
            this.replaying = true;
            try {
                await rpc.request('session/load', { sessionId: this.session, ...given });
            } catch {
                this.session = '';
            } finally {
                this.replaying = false;
            }
        }
        if (!this.session) {
            const made = await rpc.request<{ sessionId: string; modes?: Modes | null }>('session/new', given);
            this.session = made.sessionId;
            this.modes = made.modes?.availableModes ?? this.modes;
            if (made.modes?.currentModeId === this.mode) {
                this.stale = false;
                return rpc;
            }
        }
        this.stale = false;
        await rpc.request('session/set_mode', { sessionId: this.session, modeId: this.mode });
        return rpc;
    }

    private heard(update: Update): void {
        switch (update.sessionUpdate) {
            case 'agent_message_chunk':
            case 'agent_thought_chunk':
                if (update.content.text) {
                    const kind = update.sessionUpdate === 'agent_message_chunk' ? 'said' : 'thought';
                    this.show({ kind, text: update.content.text });
                }
                break;
            case 'tool_call':
            case 'tool_call_update':
                this.called(update);
                break;
            case 'plan':
                this.show({ kind: 'plan', lines: update.entries.map((one) => `${one.status === 'completed' ? '✓' : '·'} ${one.content}`) });
                break;
            case 'current_mode_update':
                this.mode = update.currentModeId;
                this.around.changed();
                break;
        }
    }

    private called(news: Call): void {
        const before = this.calls.get(news.toolCallId);
        const call: Call = { ...before, toolCallId: news.toolCallId };
        for (const key of ['title', 'status', 'content', 'locations'] as const) {
            // What isn't named stays as it was.
            if (news[key] !== undefined && news[key] !== null) {
                Object.assign(call, { [key]: news[key] });
            }
        }
        this.calls.set(news.toolCallId, call);
        this.show({
            kind: 'call', id: news.toolCallId, title: call.title ?? '', status: call.status ?? 'pending', place: !!call.locations?.length,
        });
    }

    private permit(asked: PermissionAsked): Promise<{ outcome: Outcome }> | { outcome: Outcome } {
        if (asked.sessionId !== this.session || !this.busy || !vscode.workspace.isTrusted) {
            return { outcome: { outcome: 'cancelled' } };
        }
        const id = `permission-${++this.number}`;
        const call = asked.toolCall;
        this.called(call);
        return new Promise((resolve) => {
            this.waiting.set(id, {
                asked,
                answer: (outcome, name, kind) => {
                    this.waiting.delete(id);
                    this.show({ kind: 'settled', id, name, option: kind });
                    this.around.changed();
                    resolve({ outcome });
                },
            });
            const lines = linesOf(call.content ?? [], (path) => vscode.workspace.asRelativePath(path));
            const differs = diffsOf(call).length > 0;
            this.show({ kind: 'permission', id, title: call.title ?? '', lines, differs, options: asked.options });
            this.around.changed();
        });
    }

    answer(id: string, option: string): void {
        const waiting = this.waiting.get(id);
        const chosen = waiting?.asked.options.find((one) => one.optionId === option);
        if (chosen) {
            waiting?.answer({ outcome: 'selected', optionId: chosen.optionId }, chosen.name, chosen.kind);
        }
    }

    /** What still waits is answered for the user: no. */
    private settle(): void {
        for (const one of [...this.waiting.values()]) {
            one.answer({ outcome: 'cancelled' }, vscode.l10n.t('Not answered.'), '');
        }
    }

    private show(one: Shown): void {
        const last = this.shown.at(-1);
        if (last && (one.kind === 'said' || one.kind === 'thought') && last.kind === one.kind) {
            last.text += one.text;
        } else {
            this.shown.push({ ...one });
            this.shown.splice(0, this.shown.length - MOST_SHOWN);
        }
        this.around.show(one);
    }
}

/** The folder of the workspace in which a file is, else the first. */
function folderOf(uri: vscode.Uri | undefined): vscode.Uri | undefined {
    const folder = uri && vscode.workspace.getWorkspaceFolder(uri);
    return (folder ?? vscode.workspace.workspaceFolders?.[0])?.uri;
}
