/** Files for the agent, as this editor has them: unsaved changes are read, and edits are made in documents. */

import { realpathSync } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { RpcError } from './rpc.ts';

const NOT_FOUND = -32002;
const REFUSED = -32602;
/** As the server reads files. */
const MOST_BYTES = 20_000_000;

/** The text, from line `line` (1-based) on and `limit` lines where these are given. In a workspace that isn't trusted only
 * of what is open. */
export async function read(file: string, line?: number | null, limit?: number | null): Promise<string> {
    const text = opened(file)?.getText() ?? (await fromDisk(file));
    if (!line && !limit) {
        return text;
    }
    const first = Math.max(line ?? 1, 1) - 1;
    return text.split('\n').slice(first, limit ? first + limit : undefined).join('\n');
}

/** Makes the file say `text`, and saves it. Raises where the editor doesn't. */
export async function write(file: string, text: string): Promise<void> {
    if (!vscode.workspace.isTrusted) {
        throw new RpcError('permission denied: the workspace is not trusted', REFUSED);
    }
    if (!inWorkspace(file)) {
        throw new RpcError('permission denied: the file is outside of the workspace', REFUSED);
    }
    const uri = vscode.Uri.file(file);
    const edit = new vscode.WorkspaceEdit();
    const document = opened(file) ?? (await vscode.workspace.openTextDocument(uri).then((one) => one, () => undefined));
    if (document) {
        const { from, to, inserted } = difference(document.getText(), text);
        edit.replace(document.uri, new vscode.Range(document.positionAt(from), document.positionAt(to)), inserted);
    } else {
        edit.createFile(uri, { contents: new TextEncoder().encode(text) });
    }
    if (!(await vscode.workspace.applyEdit(edit))) {
        throw new RpcError('the editor has not made the edit');
    }
    if (document && !(await document.save())) {
        throw new RpcError('the editor has not saved the file');
    }
}

function opened(file: string): vscode.TextDocument | undefined {
    const wanted = vscode.Uri.file(file).fsPath;
    return vscode.workspace.textDocuments.find((one) => one.uri.scheme === 'file' && !one.isClosed && one.uri.fsPath === wanted);
}

async function fromDisk(file: string): Promise<string> {
    const uri = vscode.Uri.file(file);
    const stat = vscode.workspace.isTrusted ? await vscode.workspace.fs.stat(uri).then((one) => one, () => undefined) : undefined;
    if (!stat || stat.size > MOST_BYTES) {
        throw new RpcError('the file is not open here, or too large', NOT_FOUND);
    }
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await vscode.workspace.fs.readFile(uri));
}

function inWorkspace(file: string): boolean {
    const folders = vscode.workspace.workspaceFolders ?? [];
    const real = realpath(file);
    return folders.some((folder) => {
        const below = path.relative(realpath(folder.uri.fsPath), real);
        return below !== '' && !below.startsWith('..') && !path.isAbsolute(below);
    });
}

/** Links followed as far as there is anything. */
function realpath(file: string): string {
    try {
        return realpathSync(file);
    } catch {
        const parent = path.dirname(file);
        return parent === file ? file : path.join(realpath(parent), path.basename(file));
    }
}

/** The part that differs: from offset `from` to `to` of what is before, `inserted` is what stands there after. */
export function difference(before: string, after: string): { from: number; to: number; inserted: string } {
    const most = Math.min(before.length, after.length);
    let from = 0;
    while (from < most && before[from] === after[from]) {
        from++;
    }
    let same = 0;
    while (same < most - from && before[before.length - 1 - same] === after[after.length - 1 - same]) {
        same++;
    }
    // Not within a pair of \r\n.
    if (from > 0 && before[from - 1] === '\r') {
        from--;
    }
    if (same > 0 && before[before.length - same] === '\n') {
        same--;
    }
    return { from, to: before.length - same, inserted: after.slice(from, after.length - same) };
}
