/** Which Postil to start: the setting's, the one on PATH, the chosen interpreter's, or our own environment's. */

import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import * as path from 'node:path';

/** Seconds until a program that should tell its version is given up: a cold Python on a slow disk takes five. */
const PROBE_SECONDS = 20;

/** Postil as a module. `-m` alone would look into the folder that we start it in first: the workspace, which may be a
 * stranger's and hold a `postil` of its own. */
export const MODULE = ['-P', '-m', 'postil'];

export type Origin = 'setting' | 'PATH' | 'interpreter' | 'own';

/** A command that answers `--version`; `args` stand before those of the sub-command. */
export interface Found {
    command: string;
    args: string[];
    origin: Origin;
    version: string;
}

export interface Candidate {
    command: string;
    args: string[];
    origin: Origin;
}

/** What was looked at, and why it isn't used. */
export interface Tried extends Candidate {
    why: string;
}

export interface Places {
    /** The setting `postil.server.path`; when there is one, nothing else is looked at. */
    setting: string;
    /** The environment's PATH, and on Windows PATHEXT. */
    path: string;
    pathExt: string;
    /** Python of the chosen interpreter; '' when there is none or the workspace isn't trusted. */
    interpreter: string;
    /** Folder of the environment that we make ourselves. */
    own: string;
    home: string;
    windows: boolean;
}

/** The commands to look at, in their order. */
export function candidates(places: Places): Candidate[] {
    if (places.setting) {
        const command = places.setting.replace(/^~(?=$|[\\/])/, places.home);
        return [{ command, args: [], origin: 'setting' }];
    }
    const found: Candidate[] = [];
    const onPath = which('postil', places);
    if (onPath) {
        found.push({ command: onPath, args: [], origin: 'PATH' });
    }
    if (places.interpreter) {
        found.push({ command: places.interpreter, args: MODULE, origin: 'interpreter' });
    }
    const own = ownPython(places.own, places.windows);
    if (existsSync(own)) {
        found.push({ command: own, args: MODULE, origin: 'own' });
    }
    return found;
}

export function ownPython(folder: string, windows: boolean): string {
    return windows ? path.join(folder, 'Scripts', 'python.exe') : path.join(folder, 'bin', 'python');
}

/** The full path of a program, '' when it isn't on PATH. */
export function which(name: string, places: Pick<Places, 'path' | 'pathExt' | 'windows'>): string {
    const ends = places.windows ? places.pathExt.split(';').filter(Boolean) : [''];
    for (const folder of places.path.split(places.windows ? ';' : ':').filter((one) => path.isAbsolute(one))) {
        for (const end of ends) {
            const file = path.join(folder, name + end);
            if (isFile(file)) {
                return file;
            }
        }
    }
    return '';
}

function isFile(file: string): boolean {
    try {
        return statSync(file).isFile();
    } catch {
        return false;
    }
}

/** The first candidate that answers; else why none does. */
export async function find(places: Places): Promise<{ found?: Found; tried: Tried[] }> {
    const tried: Tried[] = [];
    for (const candidate of candidates(places)) {
        const answer = await version(candidate);
        if (answer.version) {
            return { found: { ...candidate, version: answer.version }, tried };
        }
        tried.push({ ...candidate, why: answer.why });
    }
    return { tried };
}

export function version(candidate: Candidate): Promise<{ version: string; why: string }> {
    return new Promise((resolve) => {
        const options = { timeout: PROBE_SECONDS * 1000, windowsHide: true };
        execFile(candidate.command, [...candidate.args, '--version'], options, (error, stdout, stderr) => {
            const said = /^(?:postil )?(\d+\.\d+\.\S+)$/m.exec(stdout.trim())?.[1];
            if (!error && said) {
                resolve({ version: said, why: '' });
                return;
            }
            const last = stderr.trim().split('\n').pop() ?? '';
            const why = error ? last || error.message : `it answers ${JSON.stringify(stdout.slice(0, 80))} to --version`;
            resolve({ version: '', why });
        });
    });
}

/** Whether a server of this version is one that the extension was made with: the same major and minor number. */
export function fits(server: string, extension: string): boolean {
    const head = (version: string): string => version.split('.').slice(0, 2).join('.');
    return head(server) === head(extension);
}
