/** JSON-RPC with a message a line, as the Agent Client Protocol has it on stdio. The protocol's own package brings zod,
 * which is several times the size of this extension. */

import type { Readable, Writable } from 'node:stream';

/** Characters of one message: a file, at most. */
const MOST = 50_000_000;
export const METHOD_NOT_FOUND = -32601;
const INTERNAL = -32603;

export class RpcError extends Error {
    constructor(
        message: string,
        readonly code = INTERNAL,
    ) {
        super(message);
    }
}

interface Message {
    id?: number | string | null;
    method?: string;
    params?: unknown;
    result?: unknown;
    error?: { code?: number; message?: string; data?: unknown };
}

interface Waiting {
    resolve: (result: unknown) => void;
    reject: (error: Error) => void;
}

export class Rpc {
    private readonly waiting = new Map<number, Waiting>();
    private number = 0;
    private rest = '';
    private over = '';

    /** `handle` answers requests and hears notifications; what it throws is the answer's error. */
    constructor(
        input: Readable,
        private readonly output: Writable,
        private readonly handle: (method: string, params: unknown) => unknown,
    ) {
        input.setEncoding('utf8');
        input.on('data', (data: string) => this.read(data));
        // A pipe whose reader has gone: the process's end says why.
        output.on('error', () => undefined);
    }

    request<T>(method: string, params: object): Promise<T> {
        if (this.over) {
            return Promise.reject(new Error(this.over));
        }
        const id = ++this.number;
        return new Promise((resolve, reject) => {
            this.waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
            this.send({ id, method, params });
        });
    }

    notify(method: string, params: object): void {
        this.send({ method, params });
    }

    /** Nothing is sent any more, and what waits fails. */
    end(why: string): void {
        this.over ||= why;
        for (const one of this.waiting.values()) {
            one.reject(new Error(why));
        }
        this.waiting.clear();
    }

    private send(message: Message): void {
        if (!this.over) {
            this.output.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
        }
    }

    private read(data: string): void {
        const lines = (this.rest + data).split('\n');
        this.rest = lines.pop() ?? '';
        if (this.rest.length > MOST) {
            this.rest = '';
        }
        for (const line of lines) {
            const message = parsed(line);
            if (message?.method !== undefined) {
                void this.called(message, message.method);
            } else if (message) {
                this.answered(message);
            }
        }
    }

    private answered(message: Message): void {
        const waiting = this.waiting.get(Number(message.id));
        this.waiting.delete(Number(message.id));
        if (message.error) {
            const details = (message.error.data as { details?: unknown } | undefined)?.details;
            const text = typeof details === 'string' && details ? details : message.error.message;
            waiting?.reject(new RpcError(text ?? 'error', message.error.code));
        } else {
            waiting?.resolve(message.result);
        }
    }

    private async called(message: Message, method: string): Promise<void> {
        const answer: Message = { id: message.id ?? null };
        try {
            answer.result = (await this.handle(method, message.params ?? {})) ?? null;
        } catch (error) {
            const code = error instanceof RpcError ? error.code : INTERNAL;
            answer.error = { code, message: error instanceof Error ? error.message : String(error) };
        }
        if (message.id !== undefined) {
            this.send(answer);
        }
    }
}

function parsed(line: string): Message | undefined {
    try {
        const found: unknown = JSON.parse(line);
        return typeof found === 'object' && found !== null ? found : undefined;
    } catch {
        return undefined;
    }
}
