/** What went wrong, in one sentence, without the protocol's own words; a cancel is no error. */

import * as vscode from 'vscode';
import { LSPErrorCodes, ResponseError } from 'vscode-languageclient';

export function cancelled(error: unknown): boolean {
    return (
        error instanceof vscode.CancellationError ||
        (error instanceof ResponseError &&
            (error.code === LSPErrorCodes.RequestCancelled || error.code === LSPErrorCodes.ServerCancelled))
    );
}

/** Resolves to undefined when it failed: the user has been told, and the log has it. */
export async function guarded<T>(log: vscode.LogOutputChannel, run: () => T | Thenable<T>): Promise<T | undefined> {
    try {
        return await run();
    } catch (error) {
        if (!cancelled(error)) {
            const text = error instanceof Error ? error.message : String(error);
            log.error(text);
            void vscode.window.showErrorMessage(`Postil: ${text}`);
        }
        return undefined;
    }
}
