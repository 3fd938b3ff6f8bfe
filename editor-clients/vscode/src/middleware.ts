/** What passes between editor and server, and who of ours looks at it on the way. */

import * as vscode from 'vscode';
import type { LanguageClient, Middleware } from 'vscode-languageclient/node';
import { ignoring } from './dismiss.ts';
import { guarded } from './errors.ts';
import { explainHover } from './explain.ts';
import type { FindingsView } from './findings/tree.ts';
import { previews, type FixPreview } from './fixPreview.ts';
import { completes } from './languages.ts';
import type { Progresses } from './progress.ts';
import { titled } from './titles.ts';
import type { Walkthrough } from './walkthrough.ts';

/** How the label of an edit begins that a check has passed. */
const VERIFIED = 'Postil: fix and verify';
const NEVER = new vscode.CancellationTokenSource().token;
/** Of the server: it counts what was taken. */
const ACCEPTED = 'postil.completionAccepted';

export interface Listeners {
    log: vscode.LogOutputChannel;
    findings: FindingsView;
    preview: FixPreview;
    progresses: Progresses;
    walkthrough: Walkthrough;
    client: () => LanguageClient | undefined;
}

export function middleware({ log, findings, preview, progresses, walkthrough, client }: Listeners): Middleware {
    return {
        workspace: {
            handleApplyEdit: async (params, next) => {
                const label = params.label ?? '';
                const running = client();
                if (!label.startsWith(VERIFIED) || !running || !previews()) {
                    return next(params, NEVER);
                }
                const edit = await running.protocol2CodeConverter.asWorkspaceEdit(params.edit);
                return { applied: await preview.decided(titled(label), edit) };
            },
        },
        handleWorkDoneProgress: progresses.handle,
        handleDiagnostics: (uri, diagnostics, next) => {
            next(uri, diagnostics);
            findings.take(uri, diagnostics);
        },
        provideCodeActions: async (document, range, context, token, next) => {
            const found = (await next(document, range, context, token)) ?? [];
            for (const one of found) {
                one.title = titled(one.title);
            }
            const wrapped = found.map((one) => (one instanceof vscode.CodeAction ? preview.wrapped(one) : one));
            const only = context.only ?? vscode.CodeActionKind.QuickFix;
            const asked = only.contains(vscode.CodeActionKind.QuickFix) || vscode.CodeActionKind.QuickFix.contains(only);
            return asked ? [...wrapped, ...ignoring(document, context.diagnostics)] : wrapped;
        },
        resolveCodeAction: async (action, token, next) => {
            if (preview.offers(action)) {
                // Its edit is here. Asking the server takes time, in which the menu closes and VS Code drops the command.
                return action;
            }
            // VS Code writes a failure to its own log, where nobody sees why there is no fix.
            const resolved = await guarded(log, () => next(action, token));
            if (resolved) {
                // The server has put the verdict into it.
                resolved.title = titled(resolved.title);
            }
            return resolved && preview.resolved(resolved);
        },
        executeCommand: (command, args, next) => {
            if (command === ACCEPTED) {
                walkthrough.tick('type');
            }
            return guarded(log, () => next(command, args));
        },
        provideHover: async (document, position, token, next) => {
            const found = await next(document, position, token);
            const ours = explainHover(document, position);
            if (!found || !ours) {
                return found ?? ours;
            }
            return new vscode.Hover([...found.contents, ...ours.contents], found.range);
        },
        provideInlineCompletionItems: async (document, position, context, token, next) => {
            if (!completes(document.languageId)) {
                return undefined;
            }
            const found = await next(document, position, context, token);
            const first = Array.isArray(found) ? found[0] : found?.items[0];
            const id: unknown = first?.command?.arguments?.[0];
            if (typeof id === 'string' && !token.isCancellationRequested) {
                // VS Code tells extensions nothing of what it shows; what it still wants it will show.
                void client()?.sendNotification('postil/didShow', { id });
            }
            return found;
        },
    };
}
