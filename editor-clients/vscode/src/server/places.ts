/** Where this editor and this machine would have a Postil. */

import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { Places } from './find.ts';

export function ownFolder(context: vscode.ExtensionContext): string {
    const version = String(context.extension.packageJSON.version);
    return vscode.Uri.joinPath(context.globalStorageUri, `server-${version}`).fsPath;
}

export async function places(context: vscode.ExtensionContext): Promise<Places> {
    return {
        setting: vscode.workspace.getConfiguration('postil').get<string>('server.path', '').trim(),
        path: process.env.PATH ?? process.env.Path ?? '',
        pathExt: process.env.PATHEXT ?? '.EXE;.CMD;.BAT',
        interpreter: await interpreter(),
        own: ownFolder(context),
        home: homedir(),
        windows: process.platform === 'win32',
    };
}

/** The interpreter that is chosen for the workspace; '' without one, and in a workspace that isn't trusted: it may be a
 * file of the workspace's own. */
export async function interpreter(): Promise<string> {
    if (!vscode.workspace.isTrusted) {
        return '';
    }
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const python = vscode.extensions.getExtension('ms-python.python');
    if (python) {
        const api: unknown = await Promise.resolve(python.activate()).catch(() => undefined);
        const environments = (api as { environments?: PythonEnvironments } | undefined)?.environments;
        const chosen = environments?.getActiveEnvironmentPath(folder)?.path;
        const resolved = chosen && (await environments?.resolveEnvironment(chosen))?.executable?.uri?.fsPath;
        if (resolved) {
            return resolved;
        }
    }
    const named = vscode.workspace.getConfiguration('python', folder).get<string>('defaultInterpreterPath', '');
    return named === 'python' ? '' : named.replace(/^\$\{workspaceFolder\}/, folder?.fsPath ?? '');
}

/** The part of ms-python.python's API that is asked (@vscode/python-extension 1.0). */
interface PythonEnvironments {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string } | undefined;
    resolveEnvironment(path: string): Promise<{ executable?: { uri?: vscode.Uri } } | undefined>;
}
