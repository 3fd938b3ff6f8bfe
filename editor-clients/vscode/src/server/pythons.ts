/** A Python that is new enough to make an environment for Postil. */

import { execFile } from 'node:child_process';

/** What pyproject.toml requires. */
export const LEAST = [3, 11] as const;

export interface Python {
    command: string;
    args: string[];
    version: string;
}

const ASK = 'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])';

/** The programs to ask, the chosen interpreter first. */
export function programs(interpreter: string, windows: boolean): Array<{ command: string; args: string[] }> {
    const named = ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3', 'python'];
    const rest = windows ? [{ command: 'py', args: ['-3'] }] : [];
    const all = [...named.map((command) => ({ command, args: [] as string[] })), ...rest];
    return interpreter ? [{ command: interpreter, args: [] }, ...all] : all;
}

/** The first that can make environments and is new enough, with what was wrong with the others. */
export async function findPython(
    interpreter: string,
    windows: boolean,
): Promise<{ python?: Python; tried: string[] }> {
    const tried: string[] = [];
    for (const program of programs(interpreter, windows)) {
        const said = await answer(program.command, [...program.args, '-I', '-c', ASK]);
        if (said.missing) {
            continue;
        }
        if (said.version && newEnough(said.version)) {
            return { python: { ...program, version: said.version }, tried };
        }
        tried.push(`${program.command}: ${said.version ? `version ${said.version}` : said.why}`);
    }
    return { tried };
}

export function newEnough(version: string): boolean {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
}

function answer(command: string, args: string[]): Promise<{ version: string; why: string; missing: boolean }> {
    return new Promise((resolve) => {
        execFile(command, args, { timeout: 20_000, windowsHide: true }, (error, stdout, stderr) => {
            const missing = (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';
            const why = stderr.trim().split('\n').pop() || error?.message || 'no answer';
            resolve({ version: error ? '' : stdout.trim(), why, missing });
        });
    });
}
