/** What the language client is told: which documents, which settings, and who listens to what passes by. */

import * as vscode from 'vscode';
import type { LanguageClient, LanguageClientOptions, Middleware } from 'vscode-languageclient/node';
import { CELL } from '../notebooks.ts';
import { explicit, type Pause } from './settings.ts';

/** Any language: what the server has no parser for it reads in windows of lines. The cells of notebooks are sent with their
 * notebook, as the server has asked. */
const DOCUMENTS = ['file', 'untitled', 'vscode-remote', CELL].map((scheme) => ({ scheme }));

/** The section as the server takes it, of a folder; without one of the first, which decides about engine and process. */
export function settings(context: vscode.ExtensionContext, pause: Pause, of?: vscode.Uri): Record<string, unknown> {
    const folder = of ?? vscode.workspace.workspaceFolders?.[0]?.uri;
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
    return {
        documentSelector: DOCUMENTS,
        initializationOptions: settings(context, pause),
        traceOutputChannel: trace,
        markdown: { isTrusted: false, supportHtml: false },
        middleware: {
            ...middleware,
            workspace: {
                ...middleware.workspace,
                configuration: (params, token, next) => {
                    const ours = params.items.every((item) => item.section === 'postil');
                    const of = (uri?: string) => settings(context, pause, uri ? vscode.Uri.parse(uri) : undefined);
                    return ours ? params.items.map((item) => of(item.scopeUri)) : next(params, token);
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
