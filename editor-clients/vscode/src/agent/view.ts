/** The view "Ask Postil": a page of our own that is told plain values, and tells what the user does. */

import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Shown, State, Told } from './shown.ts';

export const VIEW = 'postil.agent';

export class AgentView implements vscode.WebviewViewProvider {
    private view: vscode.WebviewView | undefined;
    /** The keys go into the page once it is there. */
    private wanted = false;

    constructor(
        private readonly extension: vscode.Uri,
        private readonly told: (one: Told) => void,
    ) {}

    resolveWebviewView(view: vscode.WebviewView): void {
        this.view = view;
        const media = vscode.Uri.joinPath(this.extension, 'media');
        view.webview.options = { enableScripts: true, localResourceRoots: [media] };
        view.webview.onDidReceiveMessage((one: Told) => this.told(one));
        view.onDidDispose(() => (this.view = undefined));
        view.webview.html = page(view.webview, media);
    }

    post(one: Shown | State): void {
        void this.view?.webview.postMessage(one);
    }

    /** Where something waits for the user, its number is on the icon, and the view comes up. */
    waits(count: number): void {
        if (!this.view) {
            if (count) {
                void vscode.commands.executeCommand(`${VIEW}.focus`);
            }
            return;
        }
        const before = this.view.badge?.value ?? 0;
        this.view.badge = count ? { value: count, tooltip: vscode.l10n.t('Postil asks for a permission') } : undefined;
        if (count > before && !this.view.visible) {
            this.view.show(true);
        }
    }

    async focus(): Promise<void> {
        this.wanted = true;
        await vscode.commands.executeCommand(`${VIEW}.focus`);
        this.post({ kind: 'focus' });
    }

    /** The page is there, perhaps anew. */
    ready(): void {
        if (this.wanted) {
            this.wanted = false;
            this.post({ kind: 'focus' });
        }
    }
}

export function words(): Record<string, string> {
    const t = vscode.l10n.t;
    return {
        hint: t('Ask about this workspace, or tell it what to do. Nothing is changed or run without your yes.'),
        input: t('A question, or /review, /fix, /explain, /undo'),
        send: t('Send'),
        stop: t('Stop'),
        fresh: t('New conversation'),
        mode: t('What it may do'),
        difference: t('Show difference'),
        detach: t('Leave out'),
        thought: t('Thoughts'),
        once: t('Allow once'),
        always: t('Always allow'),
        no: t('No'),
    };
}

/** No word of the page comes from anybody else, and no script but ours runs in it. */
function page(webview: vscode.Webview, media: vscode.Uri): string {
    const nonce = randomBytes(16).toString('base64url');
    const of = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString();
    const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
    return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${of('agent.css')}">
</head>
<body>
<main id="list" role="log" aria-live="polite" tabindex="0"></main>
<form id="form">
<div id="beside"></div>
<textarea id="input" rows="3"></textarea>
<div id="bar"><select id="mode"></select><span class="gap"></span><button id="fresh" type="button" class="quiet"></button><button id="stop" type="button" hidden></button><button id="send" type="submit"></button></div>
</form>
<script nonce="${nonce}" src="${of('agent.js')}"></script>
</body>
</html>`;
}
