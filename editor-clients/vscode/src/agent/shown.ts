/** What the view is told, and what it tells: plain values, no HTML. */

import type { Call, Content, Diff, Mode, Option } from './protocol.ts';

/** Lines of a difference in a card; all of it is in the difference editor. */
const MOST_LINES = 40;

export type Shown =
    | { kind: 'asked'; text: string; beside: string[] }
    | { kind: 'said' | 'thought'; text: string }
    | { kind: 'call'; id: string; title?: string; status?: string; place?: boolean }
    | { kind: 'plan'; lines: string[] }
    | { kind: 'permission'; id: string; title: string; lines: Line[]; differs: boolean; options: Option[] }
    | { kind: 'settled'; id: string; name: string; option: string }
    | { kind: 'ended'; text: string; failed: boolean };

/** Beside the list: what is now. */
export type State =
    | { kind: 'state'; busy: boolean; modes: Mode[]; mode: string; beside: string[]; notice: string }
    | { kind: 'words'; words: Record<string, string> }
    | { kind: 'cleared' | 'focus' };

export type Told =
    | { kind: 'ready' | 'stop' | 'new' }
    | { kind: 'ask'; text: string }
    | { kind: 'mode'; id: string }
    | { kind: 'answer'; id: string; option: string }
    | { kind: 'open' | 'difference'; id: string }
    | { kind: 'detach'; place: number };

export interface Line {
    mark: '+' | '-' | '';
    text: string;
}

export function diffsOf(call: Call): Diff[] {
    return (call.content ?? []).filter((one): one is Diff => one.type === 'diff');
}

/** What a call would do: the words of its command, and what its edits change. `name` shortens a path. */
export function linesOf(content: Content[], name: (path: string) => string): Line[] {
    const lines: Line[] = [];
    for (const one of content) {
        if (one.type === 'content') {
            lines.push(...(one.content.text ?? '').split('\n').map((text) => ({ mark: '' as const, text })));
        } else if (one.type === 'diff') {
            lines.push({ mark: '', text: name(one.path) }, ...changed(one.oldText ?? '', one.newText));
        }
    }
    const more = lines.length - MOST_LINES;
    return more > 0 ? [...lines.slice(0, MOST_LINES), { mark: '', text: `… ${more}` }] : lines;
}

/** The lines between the first and the last that differ. */
function changed(before: string, after: string): Line[] {
    const old = before ? before.split(/\r?\n/) : [];
    const now = after ? after.split(/\r?\n/) : [];
    const most = Math.min(old.length, now.length);
    let head = 0;
    while (head < most && old[head] === now[head]) {
        head++;
    }
    let tail = 0;
    while (tail < most - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) {
        tail++;
    }
    return [
        ...old.slice(head, old.length - tail).map((text) => ({ mark: '-' as const, text })),
        ...now.slice(head, now.length - tail).map((text) => ({ mark: '+' as const, text })),
    ];
}
