/** `postil/input`: what an action asks before it runs. */

import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';

interface Asked {
    title: string;
    prompt: string;
}

export function answerInput(client: LanguageClient): void {
    client.onRequest('postil/input', async (asked: Asked) => {
        const text = await vscode.window.showInputBox({ title: asked.title, prompt: asked.prompt, ignoreFocusOut: true });
        return { text: text ?? null };
    });
}
