/** What Ollama answers while a model is pulled, listed and removed, on loopback: a pull of the real one needs its registry,
 * and ends when that does, not when a test says so. */

import { createServer } from 'node:http';
import { once } from 'node:events';

const SIZE = 400_000_000;

/** `held`: names of the models that it has; `pulls`: those that were begun, and how they ended. */
export async function ollama() {
    const state = { held: [], pulls: [], pieces: [0.1, 0.4, 1], host: '', stop: undefined };
    const server = createServer(async (request, response) => {
        const text = (await request.toArray()).join('');
        const asked = text ? JSON.parse(text) : {};
        const json = (value) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value));
        const details = { format: 'gguf', family: 'qwen2', parameter_size: '494M', quantization_level: 'Q4_K_M' };
        const models = state.held.map((name) => ({ name, model: name, size: SIZE, digest: 'd'.repeat(64), details }));
        switch (`${request.method} ${request.url}`) {
            case 'GET /api/version': return json({ version: '0.24.0' });
            case 'GET /api/tags': return json({ models });
            case 'GET /api/ps': return json({ models: [] });
            case 'DELETE /api/delete':
                state.held = state.held.filter((name) => name !== asked.model);
                return response.end();
            case 'POST /api/pull': return pull(asked.model, response);
            default: return response.writeHead(404).end('{"error": "not found"}');
        }
    });

    async function pull(model, response) {
        const one = { model, end: '' };
        state.pulls.push(one);
        response.setHeader('Content-Type', 'application/x-ndjson');
        response.on('close', () => (one.end ||= 'closed by the client'));
        const say = (step) => response.write(`${JSON.stringify(step)}\n`);
        say({ status: 'pulling manifest' });
        for (const piece of state.pieces) {
            say({ status: 'pulling aabbcc', digest: 'sha256:aabbcc', total: SIZE, completed: piece * SIZE });
        }
        if (state.pieces.at(-1) === 1) {
            one.end = 'whole';
            state.held.push(model);
            say({ status: 'success' });
            response.end();
        }
    }

    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    state.host = `http://127.0.0.1:${server.address().port}`;
    state.stop = () => {
        server.closeAllConnections();
        server.close();
    };
    return state;
}
