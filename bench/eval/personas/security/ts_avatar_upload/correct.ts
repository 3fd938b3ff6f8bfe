import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

/** The largest avatar that is accepted. */
export const MAX_BYTES = 512 * 1024;
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A request that cannot be served, with the status for the answer. */
export class UploadError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Reads what the client has sent; rejects with status 413 if it is too large for an avatar. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > MAX_BYTES) {
      throw new UploadError(413, `an avatar may have ${MAX_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Stores the picture under a new name in `folder`, and resolves to that name. */
export async function storeAvatar(request: IncomingMessage, folder: string): Promise<string> {
  const picture = await readBody(request);
  if (!picture.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) {
    throw new UploadError(415, 'an avatar must be a PNG picture');
  }
  const name = `${randomUUID()}.png`;
  await writeFile(join(folder, name), picture, { flag: 'wx', mode: 0o640 });
  return name;
}

/** Answers `PUT /avatar` of a player who has signed in. */
export async function handleUpload(request: IncomingMessage, response: ServerResponse, folder: string): Promise<void> {
  try {
    const name = await storeAvatar(request, folder);
    response.writeHead(201, { 'Content-Type': 'application/json' }).end(JSON.stringify({ name }));
  } catch (error) {
    const status = error instanceof UploadError ? error.status : 500;
    const message = error instanceof UploadError ? error.message : 'the avatar could not be stored';
    response.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close' }).end(message);
  }
}
