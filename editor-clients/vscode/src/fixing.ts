/** `postil.fix` by command: the project's check is run, and a fix of what fails is looked for. */

import * as vscode from 'vscode';
import { activeOrTold } from './notebooks.ts';
import type { Progresses } from './progress.ts';
import type { Lifecycle } from './server/lifecycle.ts';

export class Fixing {
    constructor(
        private readonly lifecycle: Lifecycle,
        private readonly progresses: Progresses,
    ) {}

    /** Only this file may be changed. */
    async file(): Promise<void> {
        const uri = activeOrTold();
        if (uri) {
            await this.look(uri.toString());
        }
    }

    async changes(): Promise<void> {
        await this.look('changes');
    }

    async workspace(): Promise<void> {
        await this.look('workspace');
    }

    /** The server shows what it found: an edit with its verdict, or a message. */
    private async look(what: string): Promise<void> {
        const title = vscode.l10n.t('Looking for a fix that the check passes');
        await this.progresses.follow(this.lifecycle, title, 'Checking ', 'postil.fix', [what]);
    }
}
