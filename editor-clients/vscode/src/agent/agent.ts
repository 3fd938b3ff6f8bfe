/** The agent in this window: its process, its conversation, its view, tied together. */

import * as vscode from 'vscode';
import type { Lifecycle } from '../server/lifecycle.ts';
import { Conversation } from './conversation.ts';
import { Differences } from './differences.ts';
import { AgentProcess } from './process.ts';
import type { Block } from './protocol.ts';
import { diffsOf, type Told } from './shown.ts';
import { AgentView, VIEW, words } from './view.ts';

/** Of a selection beside a question. */
const MOST_CHARS = 200_000;

export class Agent implements vscode.Disposable {
    private readonly process: AgentProcess;
    private readonly conversation: Conversation;
    private readonly view: AgentView;
    private readonly differences = new Differences();
    private readonly disposables: vscode.Disposable[];
    private beside: Array<{ name: string; block: Block }> = [];

    constructor(
        context: vscode.ExtensionContext,
        lifecycle: Lifecycle,
        private readonly log: vscode.LogOutputChannel,
        settings: (folder: vscode.Uri) => Record<string, unknown>,
    ) {
        this.process = new AgentProcess(
            lifecycle, log, (method, params) => this.conversation.handle(method, params), () => this.conversation.forget(),
        );
        this.view = new AgentView(context.extensionUri, (one) => this.told(one));
        this.conversation = new Conversation({
            ready: () => this.process.ready(),
            abort: () => this.process.stop(),
            settings,
            show: (one) => this.view.post(one),
            changed: () => this.state(),
        });
        this.disposables = [
            this.differences,
            vscode.window.registerWebviewViewProvider(VIEW, this.view),
            vscode.workspace.onDidGrantWorkspaceTrust(() => {
                this.conversation.outdate();
                this.state();
            }),
            vscode.workspace.onDidChangeConfiguration((change) => {
                if (change.affectsConfiguration('postil')) {
                    this.conversation.outdate();
                }
            }),
        ];
    }

    /** Opens the view. What is selected is put beside the next question; `question`, where there is one, is asked. */
    async ask(question?: string): Promise<void> {
        this.attach(vscode.window.activeTextEditor);
        await this.view.focus();
        this.state();
        if (typeof question === 'string' && question.trim()) {
            this.send(question);
        }
    }

    async fresh(): Promise<void> {
        await this.conversation.clear();
        this.beside = [];
        this.replay();
    }

    stop(): Promise<void> {
        return this.process.stop();
    }

    dispose(): void {
        vscode.Disposable.from(...this.disposables).dispose();
    }

    private attach(editor: vscode.TextEditor | undefined): void {
        if (!editor || editor.selection.isEmpty || editor.document.uri.scheme !== 'file') {
            return;
        }
        const { document, selection } = editor;
        // A selection that ends before the first character of a line doesn't have that line.
        const last = selection.end.character === 0 ? Math.max(selection.end.line - 1, selection.start.line) : selection.end.line;
        const range = new vscode.Range(selection.start.line, 0, last, document.lineAt(last).text.length);
        const place = `L${selection.start.line + 1}-${last + 1}`;
        const name = `${vscode.workspace.asRelativePath(document.uri)}#${place}`;
        const uri = `${document.uri.toString()}#${place}`;
        const text = `${document.getText(range).slice(0, MOST_CHARS)}\n`;
        this.beside = [
            ...this.beside.filter((one) => one.name !== name),
            { name, block: { type: 'resource', resource: { uri, text, mimeType: 'text/plain' } } },
        ];
    }

    private send(text: string): void {
        if (this.conversation.busy) {
            return;
        }
        const beside = this.beside;
        this.beside = [];
        void this.conversation.ask(text, beside.map((one) => one.block), beside.map((one) => one.name));
    }

    /** What the page says; all of it is what a user can do there. */
    private told(one: Told): void {
        this.done(one).catch((error: unknown) => {
            this.log.error(String(error));
            void vscode.window.showErrorMessage(`Postil: ${error instanceof Error ? error.message : String(error)}`);
        });
    }

    private async done(one: Told): Promise<void> {
        switch (one.kind) {
            case 'ready':
                this.replay();
                return this.view.ready();
            case 'ask':
                return this.send(String(one.text));
            case 'stop':
                return this.conversation.stop();
            case 'new':
                return this.fresh();
            case 'mode':
                return this.conversation.choose(String(one.id));
            case 'answer':
                this.conversation.answer(one.id, one.option);
                return this.differences.close();
            case 'detach':
                this.beside.splice(Number(one.place), 1);
                return this.state();
            case 'open':
                return this.open(one.id);
            case 'difference': {
                const asked = this.conversation.waiting.get(one.id)?.asked;
                for (const diff of asked ? diffsOf(asked.toolCall) : []) {
                    await this.differences.show(diff);
                }
            }
        }
    }

    private async open(id: string): Promise<void> {
        const place = this.conversation.calls.get(id)?.locations?.[0];
        if (place) {
            const at = new vscode.Position(Math.max(place.line ?? 0, 0), 0);
            await vscode.window.showTextDocument(vscode.Uri.file(place.path), { selection: new vscode.Range(at, at), preview: true });
        }
    }

    private replay(): void {
        this.view.post({ kind: 'words', words: words() });
        this.view.post({ kind: 'cleared' });
        this.conversation.shown.forEach((one) => this.view.post(one));
        this.state();
    }

    private state(): void {
        const { busy, mode, modes, waiting } = this.conversation;
        const notice = vscode.workspace.isTrusted
            ? ''
            : vscode.l10n.t('This workspace is not trusted: the agent reads only what is open, and changes and runs nothing.');
        this.view.post({ kind: 'state', busy, mode, modes, beside: this.beside.map((one) => one.name), notice });
        this.view.waits(waiting.size);
    }
}
