import { createHmac, timingSafeEqual } from 'node:crypto';

const PAGE = 'https://news.bookshop.example/unsubscribe';

/** What a link of the newsletter says: who no longer wants which list. */
export interface Unsubscription {
  subscriber: string;
  list: string;
}

function signingKey(): string {
  const key = process.env.UNSUBSCRIBE_KEY;
  if (!key) {
    throw new Error('UNSUBSCRIBE_KEY is not set');
  }
  return key;
}

function sign({ subscriber, list }: Unsubscription): Buffer {
  return createHmac('sha256', signingKey()).update(JSON.stringify([subscriber, list])).digest();
}

/** The link for the end of a mail. It works without a login, hence the signature. */
export function unsubscribeLink(unsubscription: Unsubscription): string {
  const url = new URL(PAGE);
  url.searchParams.set('subscriber', unsubscription.subscriber);
  url.searchParams.set('list', unsubscription.list);
  url.searchParams.set('signature', sign(unsubscription).toString('base64url'));
  return url.href;
}

/** Reads a link; undefined unless it is one of ours. */
export function readLink(url: URL): Unsubscription | undefined {
  const subscriber = url.searchParams.get('subscriber');
  const list = url.searchParams.get('list');
  const signature = url.searchParams.get('signature');
  if (subscriber === null || list === null || signature === null) {
    return undefined;
  }
  const expected = sign({ subscriber, list });
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return undefined;
  }
  return { subscriber, list };
}
