/** The status bar item: what the server does, with which engine and model. */

import * as vscode from 'vscode';
import type { Stage } from './server/lifecycle.ts';

/** `postil/status` of the server. */
export interface ServerStatus {
    state: 'starting' | 'ready' | 'busy' | 'error';
    busy: boolean;
    engine: string;
    model: string;
    message: string;
    completion: string;
    personas: string[];
    /** Units that the latest review could not review; a server before 2026-12 doesn't tell. */
    unread?: number;
    /** Which model reviews, on which engine and why; and which writes ghost text. Sentences, '' before the first. */
    why?: string;
    ghost?: string;
    /** What the project's check does, or has said after the latest save. */
    check?: string;
    /** What is being indexed. */
    index?: string;
}

export interface Shown {
    text: string;
    detail: string;
    bad: boolean;
}

const NONE: ServerStatus = {
    state: 'starting', busy: false, engine: '', model: '', message: '', completion: '', personas: [],
};

export class StatusBar implements vscode.Disposable {
    private readonly item: vscode.StatusBarItem;
    private readonly changing = new vscode.EventEmitter<ServerStatus>();
    readonly changed = this.changing.event;
    private stage: Stage = 'stopped';
    private trouble = '';
    private pauseWords = '';
    server: ServerStatus = NONE;

    constructor() {
        this.item = vscode.window.createStatusBarItem('postil.status', vscode.StatusBarAlignment.Right, 100);
        this.item.name = 'Postil';
        this.item.command = 'postil.showMenu';
        this.draw();
        this.item.show();
    }

    entered(stage: Stage, trouble: string): void {
        this.stage = stage;
        this.trouble = trouble;
        if (stage !== 'running') {
            this.server = NONE;
        }
        this.draw();
    }

    told(status: ServerStatus): void {
        this.server = status;
        this.changing.fire(status);
        this.draw();
    }

    paused(words: string): void {
        this.pauseWords = words;
        this.draw();
    }

    dispose(): void {
        this.item.dispose();
        this.changing.dispose();
    }

    private draw(): void {
        const shown = this.words();
        this.item.text = shown.text;
        this.item.backgroundColor = shown.bad ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
        const tip = new vscode.MarkdownString();
        tip.appendText(shown.detail);
        this.item.tooltip = tip;
        this.item.accessibilityInformation = { label: `Postil: ${shown.detail}` };
    }

    private words(): Shown {
        const t = vscode.l10n.t;
        switch (this.stage) {
            case 'looking':
            case 'starting':
                return { text: '$(loading~spin) Postil', detail: t('starting'), bad: false };
            case 'missing':
                return { text: '$(cloud-download) Postil', detail: t('The server is not installed: click for what to do.'), bad: true };
            case 'failed':
                return { text: '$(error) Postil', detail: this.trouble, bad: true };
            case 'stopped':
                return { text: '$(circle-slash) Postil', detail: t('stopped'), bad: false };
            case 'running':
                return this.runningWords();
        }
    }

    private runningWords(): Shown {
        const { state, busy, engine, model, message, completion, personas, unread, why, ghost, check, index } = this.server;
        const who = personas.length ? vscode.l10n.t('reads as {0}', personas.join(', ')) : '';
        const lines = [[engine, model].filter(Boolean).join(' · '), why, who, message, check, completion, ghost, index].filter(Boolean);
        const detail = lines.join('\n\n') || vscode.l10n.t('ready');
        if (this.pauseWords) {
            return { text: '$(debug-pause) Postil', detail: `${this.pauseWords}\n\n${detail}`, bad: false };
        }
        if (state === 'error') {
            return { text: '$(warning) Postil', detail, bad: true };
        }
        if (unread && !busy && state === 'ready') {
            // A check mark would say that all is well.
            return { text: `$(question) Postil: ${vscode.l10n.t('not reviewed: {0}', unread)}`, detail, bad: true };
        }
        const sign = busy || state === 'busy' ? '$(sync~spin)' : '$(check)';
        return { text: `${sign} Postil${model ? ` ${model}` : ''}`, detail, bad: false };
    }
}
