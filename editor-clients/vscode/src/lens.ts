/** A line above each function to review or explain it; off unless `postil.codeLens` is on. */

import * as vscode from 'vscode';

const FUNCTIONS = new Set([vscode.SymbolKind.Function, vscode.SymbolKind.Method, vscode.SymbolKind.Constructor]);

export class Lenses implements vscode.CodeLensProvider, vscode.Disposable {
    private readonly changing = new vscode.EventEmitter<void>();
    readonly onDidChangeCodeLenses = this.changing.event;
    private readonly watching = vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('postil.codeLens')) {
            this.changing.fire();
        }
    });

    async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
        if (!vscode.workspace.getConfiguration('postil', document).get<boolean>('codeLens', false)) {
            return [];
        }
        const found = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
            'vscode.executeDocumentSymbolProvider',
            document.uri,
        );
        // Without a language extension there are no symbols: then the lines that look like a function's head.
        const ranges = found?.length ? [...functions(found)] : heads(document);
        return ranges.flatMap((range) => lensesAt(document, range));
    }

    dispose(): void {
        this.watching.dispose();
        this.changing.dispose();
    }
}

function lensesAt(document: vscode.TextDocument, range: vscode.Range): vscode.CodeLens[] {
    const head = new vscode.Range(range.start, range.start);
    const lines = { start: { line: range.start.line, character: 0 }, end: { line: range.start.line, character: 0 } };
    const uri = document.uri.toString();
    return [
        new vscode.CodeLens(head, {
            title: `$(search) ${vscode.l10n.t('Review')}`, command: 'postil.reviewRange', arguments: [uri, lines],
        }),
        new vscode.CodeLens(head, {
            title: `$(comment-discussion) ${vscode.l10n.t('Explain')}`,
            command: 'postil.action',
            arguments: ['explain', uri, lines],
        }),
    ];
}

function* functions(symbols: readonly vscode.DocumentSymbol[]): Iterable<vscode.Range> {
    for (const symbol of symbols) {
        if (FUNCTIONS.has(symbol.kind)) {
            yield symbol.selectionRange ?? symbol.range;
        }
        yield* functions(symbol.children ?? []);
    }
}

const HEAD = /^\s*(?:(?:export|default|async|pub|static|public|private|protected)\s+)*(?:def|func|fn|function)\s+\w/;

function heads(document: vscode.TextDocument): vscode.Range[] {
    const lines = document.getText().split('\n');
    return lines.flatMap((line, number) => (HEAD.test(line) ? [new vscode.Range(number, 0, number, line.length)] : []));
}
