/** The server's own log, which is its stderr: each line at the level that it names. */

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { LogOutputChannel } from 'vscode';

export type Level = 'debug' | 'info' | 'warn' | 'error';

const LINE = /^\d{4}-\d\d-\d\d [\d:,]+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)$/;
const LEVELS: Record<string, Level> = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error', CRITICAL: 'error' };

/** A line as the channel takes it, which adds time and level of its own. A line without a head goes on with what was said
 * `before`: a traceback. What Python says before there is a log is an error. */
export function said(line: string, before: Level | undefined): { level: Level; text: string } {
    const [, level = '', text = ''] = LINE.exec(line) ?? [];
    return LEVELS[level] ? { level: LEVELS[level], text } : { level: before ?? 'error', text: line };
}

export function logged(stderr: Readable, channel: Pick<LogOutputChannel, Level>): void {
    let before: Level | undefined;
    createInterface({ input: stderr, crlfDelay: Infinity, terminal: false, historySize: 0 }).on('line', (line) => {
        const { level, text } = said(line, before);
        before = level;
        channel[level](text);
    });
}
