/** Pause and snooze: nothing is reviewed on save, nothing is completed, until it goes on; commands work as ever. */

import * as vscode from 'vscode';
import type { Pause } from './server/settings.ts';

const KEY = 'postil.pausedUntil';

export class Pausing implements Pause, vscode.Disposable {
    private readonly changing = new vscode.EventEmitter<void>();
    private timer: NodeJS.Timeout | undefined;
    readonly changed = this.changing.event;

    /** Milliseconds since the epoch; Infinity (kept as null) until somebody says otherwise, 0 for not at all. */
    private until: number;

    constructor(private readonly memory: vscode.Memento) {
        const kept = memory.get<number | null>(KEY, 0);
        this.until = kept === null ? Infinity : kept;
        this.arm();
    }

    get paused(): boolean {
        return this.until > Date.now();
    }

    words(): string {
        if (!this.paused) {
            return '';
        }
        const time = new Date(this.until);
        return this.until === Infinity
            ? vscode.l10n.t('paused')
            : vscode.l10n.t('paused until {0}', time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
    }

    /** Minutes; Infinity until `resume`. */
    async pause(minutes: number): Promise<void> {
        await this.set(minutes === Infinity ? Infinity : Date.now() + minutes * 60_000);
    }

    async resume(): Promise<void> {
        await this.set(0);
    }

    dispose(): void {
        clearTimeout(this.timer);
        this.changing.dispose();
    }

    private async set(until: number): Promise<void> {
        this.until = until;
        await this.memory.update(KEY, until === Infinity ? null : until);
        this.arm();
        this.changing.fire();
    }

    private arm(): void {
        clearTimeout(this.timer);
        void vscode.commands.executeCommand('setContext', 'postil.paused', this.paused);
        if (this.paused && this.until !== Infinity) {
            this.timer = setTimeout(() => void this.resume(), this.until - Date.now());
        }
    }
}
