/** Notebooks: each cell is a document of its own, with a URI of this scheme. */

import * as vscode from 'vscode';

export const CELL = 'vscode-notebook-cell';

/** What is reviewed as a whole: the notebook that is being edited, or the file. */
export function active(): vscode.Uri | undefined {
    return (vscode.window.activeNotebookEditor?.notebook ?? vscode.window.activeTextEditor?.document)?.uri;
}

/** The same; where nothing is open, the user is told. */
export function activeOrTold(): vscode.Uri | undefined {
    const uri = active();
    if (!uri) {
        void vscode.window.showInformationMessage(vscode.l10n.t('Open a file first.'));
    }
    return uri;
}

/** The notebook's file for a cell; anything else as it is. */
export function fileOf(uri: vscode.Uri): vscode.Uri {
    return uri.scheme === CELL ? uri.with({ scheme: 'file', fragment: '' }) : uri;
}
