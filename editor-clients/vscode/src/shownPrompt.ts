/** What a model was shown for an answer: the server's page about a note, about the cursor's place, or the latest requests. */

import * as vscode from 'vscode';
import type { Pages } from './doctor.ts';
import type { Lifecycle } from './server/lifecycle.ts';

export const SHOW_PROMPT = 'postil.showModelPrompt';
/** The end makes it Markdown. */
const NAME = 'What the model was shown.md';

/** `uri` and `id`: of a note; without them the place of the cursor is meant. */
export async function showPrompt(lifecycle: Lifecycle, pages: Pages, uri?: string, id?: string): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const here = editor ? [editor.document.uri.toString(), position(editor.selection.active)] : [];
    const page = await lifecycle.command<string>('postil.showPrompt', uri ? [uri, id] : here);
    await pages.preview(NAME, page);
}

function position({ line, character }: vscode.Position): { line: number; character: number } {
    return { line, character };
}
