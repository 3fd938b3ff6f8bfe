/** The server's titles of actions in the editor's language; those of personas are their authors' own words. */

import * as vscode from 'vscode';

export function titled(title: string): string {
    const t = vscode.l10n.t;
    const known: Array<[RegExp, (first: string, second: string) => string]> = [
        [/^Postil: apply the fix$/, () => t('Postil: apply the fix')],
        [/^Postil: apply the fix \((.+)\)$/, (verdict) => t('Postil: apply the fix ({0})', verdict)],
        [/^Postil: fix and verify$/, () => t('Postil: fix and verify')],
        [/^Postil: fix and verify \((.+)\)$/, (verdict) => t('Postil: fix and verify ({0})', verdict)],
        [/^Postil: explain this diagnostic$/, () => t('Postil: explain this diagnostic')],
        [/^Postil: write a fix$/, () => t('Postil: write a fix')],
        [/^Postil: ignore this note here$/, () => t('Postil: ignore this note here')],
        [/^Postil: ignore this note in the workspace$/, () => t('Postil: ignore this note in the workspace')],
        [/^Postil: ignore (.+) in this file$/, (persona) => t('Postil: ignore {0} in this file', persona)],
        [/^Postil: apply all fixes \((\d+)\)$/, (count) => t('Postil: apply all fixes ({0})', count)],
        [/^Postil: apply all fixes of (.+) \((\d+)\)$/, (persona, count) => t('Postil: apply all fixes of {0} ({1})', persona, count)],
    ];
    for (const [pattern, words] of known) {
        const found = pattern.exec(title);
        if (found) {
            return words(found[1] ?? '', found[2] ?? '');
        }
    }
    return title;
}
