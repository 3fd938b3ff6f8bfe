/** Postil in a virtual environment of the extension's own, of the extension's own version. */

import { spawn } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import * as path from 'node:path';
import { ownPython } from './find.ts';
import type { Python } from './pythons.ts';

export interface Installing {
    python: Python;
    /** Where the environment shall be. */
    folder: string;
    /** The wheel that came with the extension, or a requirement for the package index. */
    requirement: string;
    windows: boolean;
    /** A line for the user, as often as there is one. */
    tell: (line: string) => void;
    log: (line: string) => void;
    signal: AbortSignal;
}

export class InstallError extends Error {}

/** Makes the environment beside its place and moves it there when it is whole. Raises InstallError with the last words
 * of the program that failed; an AbortError when it was cancelled, and nothing is left of it. */
export async function install(work: Installing): Promise<string> {
    await mkdir(path.dirname(work.folder), { recursive: true });
    // A moved environment knows its old path only in its scripts; we start it as `python -m postil`.
    const made = `${work.folder}.making`;
    await rm(made, { recursive: true, force: true });
    try {
        work.tell('making a virtual environment');
        await run(work, work.python.command, [...work.python.args, '-P', '-m', 'venv', made]);
        const python = ownPython(made, work.windows);
        const pip = ['-P', '-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
        work.tell('fetching packages');
        await run(work, python, [...pip, work.requirement]);
        await rm(work.folder, { recursive: true, force: true });
        await rename(made, work.folder);
    } catch (error) {
        await rm(made, { recursive: true, force: true });
        throw error;
    }
    return ownPython(work.folder, work.windows);
}

/** What pip is asked for: the wheel in the extension's folder, with the embedded engine, and what
 * the agent needs. */
export async function requirementOf(extension: string, version: string): Promise<string> {
    const names = await readdir(path.join(extension, 'server')).catch(() => [] as string[]);
    const wheel = names.find((name) => name.startsWith(`postil-${version}-`) && name.endsWith('.whl'));
    return wheel ? `${path.join(extension, 'server', wheel)}[embedded,agent]` : `postil[embedded,agent]==${version}`;
}

function run(work: Installing, command: string, args: string[]): Promise<void> {
    return new Promise((resolve, reject) => {
        work.log(`$ ${[command, ...args].join(' ')}`);
        const child = spawn(command, args, { signal: work.signal, windowsHide: true, stdio: ['ignore', 'pipe', 'pipe'] });
        let last = '';
        const hear = (chunk: Buffer): void => {
            for (const line of chunk.toString('utf8').split(/\r?\n/).filter((one) => one.trim())) {
                last = line.trim();
                work.log(last);
                const name = /^(?:Collecting|Downloading|Installing collected packages:) ?(\S*)/.exec(last);
                if (name) {
                    work.tell(name[1] ? `fetching ${path.basename(name[1])}` : 'installing');
                }
            }
        };
        child.stdout.on('data', hear);
        child.stderr.on('data', hear);
        child.on('error', reject);
        child.on('close', (code) =>
            code === 0 ? resolve() : reject(new InstallError(last || `${command} ended with ${code}`)),
        );
    });
}
