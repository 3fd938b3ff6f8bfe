/** `postil.calibrate` by command: what the model's opinions are worth, measured on the repository's own past fixes. */

import * as vscode from 'vscode';
import type { Progresses } from './progress.ts';
import type { Lifecycle } from './server/lifecycle.ts';

/** `words`: lines for the user, '' when it was stopped; `picture`: the path of a drawing. */
interface Outcome {
    holds: boolean;
    words: string;
    picture: string;
}

/** VS Code opens an SVG as text unless it is told otherwise. */
const IMAGE = 'imagePreview.previewEditor';

export class Calibrating {
    constructor(
        private readonly lifecycle: Lifecycle,
        private readonly progresses: Progresses,
    ) {}

    async repository(): Promise<void> {
        const t = vscode.l10n.t;
        const folder = await chosen();
        if (folder === 'none') {
            return;
        }
        const args = folder ? [folder.uri.toString()] : [];
        const title = t('Calibrating on this repository');
        const found = await this.progresses.follow<Outcome>(this.lifecycle, title, 'Calibrating ', 'postil.calibrate', args);
        if (!found?.words) {
            void vscode.window.showInformationMessage(t('Stopped. What was read is kept: the next calibration goes on from there.'));
            return;
        }
        const show = t('Show picture');
        // The button has the picture; a path in a notification nobody can click.
        const lines = found.words.split('\n').filter((line) => !line.endsWith(found.picture));
        if ((await vscode.window.showInformationMessage(lines.join('\n'), show)) === show) {
            await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(found.picture), IMAGE);
        }
    }
}

/** The folder whose repository is meant; without one the server says why it can't. 'none': the user has chosen none. */
async function chosen(): Promise<vscode.WorkspaceFolder | undefined | 'none'> {
    const folders = vscode.workspace.workspaceFolders ?? [];
    if (folders.length < 2) {
        return folders[0];
    }
    const placeHolder = vscode.l10n.t('On which folder’s repository?');
    return (await vscode.window.showWorkspaceFolderPick({ placeHolder })) ?? 'none';
}
