// The real `ruff server` beside ours: as little of a client as shows its diagnostics.

const { spawn } = require('node:child_process');
const path = require('node:path');
const vscode = require('vscode');

let next = 0;

exports.activate = (context) => {
    const shown = vscode.languages.createDiagnosticCollection('ruff');
    const [folder] = vscode.workspace.workspaceFolders;
    const program = path.join(folder.uri.fsPath, '.venv', 'bin', 'ruff');
    const server = spawn(program, ['server'], { stdio: ['pipe', 'pipe', 'ignore'] });
    const send = (message) => {
        const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
        server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
        server.stdin.write(body);
    };
    const ofPython = (document) => document.languageId === 'python' && document.uri.scheme === 'file';
    const told = (document, method, more) => ofPython(document) && send({ method, params: more });
    const opened = (document) => told(document, 'textDocument/didOpen', {
        textDocument: { uri: document.uri.toString(), languageId: 'python', version: document.version, text: document.getText() },
    });
    const place = ({ start, end }) => new vscode.Range(start.line, start.character, end.line, end.character);
    const take = ({ id, method, params }) => {
        if (method === 'textDocument/publishDiagnostics') {
            shown.set(vscode.Uri.parse(params.uri), params.diagnostics.map((one) => {
                const made = new vscode.Diagnostic(place(one.range), one.message, (one.severity ?? 2) - 1);
                return Object.assign(made, { source: one.source, code: one.code });
            }));
        } else if (method && id !== undefined) {
            send({ id, result: null });
        } else if (id === 1) {
            send({ method: 'initialized', params: {} });
            vscode.workspace.textDocuments.forEach(opened);
        }
    };
    let read = Buffer.alloc(0);
    server.stdout.on('data', (piece) => {
        read = Buffer.concat([read, piece]);
        for (;;) {
            const head = read.indexOf('\r\n\r\n');
            const length = Number(/Content-Length: (\d+)/i.exec(read.subarray(0, head).toString())?.[1]);
            if (head < 0 || read.length < head + 4 + length) {
                return;
            }
            take(JSON.parse(read.subarray(head + 4, head + 4 + length).toString()));
            read = read.subarray(head + 4 + length);
        }
    });
    const workspaceFolders = [{ uri: folder.uri.toString(), name: folder.name }];
    send({ id: ++next, method: 'initialize', params: { processId: process.pid, capabilities: {}, workspaceFolders } });
    context.subscriptions.push(
        shown, { dispose: () => server.kill() },
        vscode.workspace.onDidOpenTextDocument(opened),
        vscode.workspace.onDidChangeTextDocument(({ document }) => told(document, 'textDocument/didChange', {
            textDocument: { uri: document.uri.toString(), version: document.version },
            contentChanges: [{ text: document.getText() }],
        })),
    );
};
