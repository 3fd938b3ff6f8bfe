/** A note explained: a link in its hover, and the page that grows while the model writes. */

import * as vscode from 'vscode';
import type { Lifecycle } from './server/lifecycle.ts';
import { dataOf } from './findings/tree.ts';
import { SHOW_PROMPT } from './shownPrompt.ts';

export const EXPLAIN = 'postil.explainNote';
/** The note's words go into a prompt: a longer one is cut. */
const QUOTED = 300;

/** A hover for the notes at a place: links, because a hover can't grow. */
export function explainHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    const ours = vscode.languages
        .getDiagnostics(document.uri)
        .filter((one) => one.range.contains(position) && dataOf(one)?.id);
    if (!ours.length) {
        return undefined;
    }
    const uri = document.uri.toString();
    const links = ours.map((one) => {
        const range = [one.range.start.line, one.range.start.character, one.range.end.line, one.range.end.character];
        const explaining = link('comment-discussion', vscode.l10n.t('Explain this note'), EXPLAIN, [uri, range, one.message]);
        const showing = link('eye', vscode.l10n.t('What the model was shown'), SHOW_PROMPT, [uri, dataOf(one)?.id]);
        return `${explaining} · ${showing}`;
    });
    const text = new vscode.MarkdownString([...new Set(links)].join('\n\n'), true);
    // Our own words only: the note's stand in its argument, encoded.
    text.isTrusted = { enabledCommands: [EXPLAIN, SHOW_PROMPT] };
    return new vscode.Hover(text);
}

function link(icon: string, title: string, command: string, given: unknown): string {
    return `[$(${icon}) ${title}](command:${command}?${encoded(given)})`;
}

/** As the arguments of a link: a closing bracket, which encodeURIComponent leaves, would end it. */
function encoded(given: unknown): string {
    return encodeURIComponent(JSON.stringify(given)).replace(/[()]/g, (one) => (one === '(' ? '%28' : '%29'));
}

export async function explain(lifecycle: Lifecycle, uri: string, range: number[], message: string): Promise<void> {
    const [line = 0] = range;
    // An empty range is the function around it: the model has to see all of that to explain a line.
    const at = { line, character: 0 };
    const asked = `A reviewer says of line ${line + 1}: "${message.slice(0, QUOTED)}" Explain what is meant, and whether it is right.`;
    const title = vscode.l10n.t('Postil explains a note');
    await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title, cancellable: true },
        (_, token) => lifecycle.command('postil.action', ['explain', uri, { start: at, end: at }, asked], token),
    );
}
