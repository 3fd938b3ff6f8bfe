/** What the language client is told: which documents, which settings, and who listens to what passes by. */

import * as vscode from 'vscode';
import type { LanguageClient, LanguageClientOptions, Middleware } from 'vscode-languageclient/node';
import { explicit, type Pause } from './settings.ts';

/** Any language: what the server has no parser for it reads in windows of lines. */
const DOCUMENTS = [{ scheme: 'file' }, { scheme: 'untitled' }, { scheme: 'vscode-remote' }];

/** The section as the server takes it. */
export function settings(context: vscode.ExtensionContext, pause: Pause): Record<string, unknown> {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const section = vscode.workspace.getConfiguration('postil', folder);
    const set = (key: string): unknown => {
        const found = section.inspect(key);
        const given = [found?.workspaceFolderValue, found?.workspaceValue, found?.globalValue];
        // What VS Code leaves out of an untrusted workspace it leaves out of `get` too.
        return given.some((value) => value !== undefined) ? section.get(key) : undefined;
    };
    return explicit(keys(context), set, vscode.workspace.isTrusted, pause);
}

/** All keys of our section, from the manifest. */
export function keys(context: vscode.ExtensionContext): string[] {
    const parts = context.extension.packageJSON.contributes.configuration as Array<{ properties: object }>;
    return parts.flatMap((part) => Object.keys(part.properties)).map((key) => key.slice('postil.'.length));
}

export function options(
    context: vscode.ExtensionContext,
    pause: Pause,
    trace: vscode.LogOutputChannel,
    middleware: Middleware,
): LanguageClientOptions {
    const ours = () => settings(context, pause);
    return {
        documentSelector: DOCUMENTS,
        initializationOptions: ours(),
        traceOutputChannel: trace,
        markdown: { isTrusted: false, supportHtml: false },
        middleware: {
            ...middleware,
            workspace: {
                configuration: (params, token, next) => {
                    const asked = params.items.map((item) => item.section);
                    return asked.every((section) => section === 'postil') ? asked.map(ours) : next(params, token);
                },
            },
        },
    };
}

/** Says that we can ask the user what an action wants to know (`postil/input`). */
export function announceInput(client: LanguageClient): void {
    client.registerFeature({
        fillClientCapabilities: (capabilities) => {
            const experimental = (capabilities.experimental ?? {}) as Record<string, unknown>;
            capabilities.experimental = { ...experimental, postilInput: true };
        },
        initialize: () => undefined,
        getState: () => ({ kind: 'static' }),
        clear: () => undefined,
    });
}
