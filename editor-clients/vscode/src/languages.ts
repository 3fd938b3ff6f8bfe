/** Completion switched off and on for the language of the active editor. */

import * as vscode from 'vscode';

const KEY = 'completion.disabledLanguages';

export function completes(language: string): boolean {
    return !vscode.workspace.getConfiguration('postil').get<string[]>(KEY, []).includes(language);
}

export async function toggle(): Promise<void> {
    const language = vscode.window.activeTextEditor?.document.languageId;
    if (!language) {
        void vscode.window.showInformationMessage(vscode.l10n.t('Open a file first.'));
        return;
    }
    const section = vscode.workspace.getConfiguration('postil');
    const off = section.get<string[]>(KEY, []);
    const next = off.includes(language) ? off.filter((one) => one !== language) : [...off, language].sort();
    await section.update(KEY, next, vscode.ConfigurationTarget.Global);
}
