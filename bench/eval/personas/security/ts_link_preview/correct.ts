/** What is shown below a message for the first link in it. */
export interface Preview {
  url: string;
  title: string;
}

/** The only hosts whose pages are fetched. */
export const PREVIEW_HOSTS = new Set(['en.wikipedia.org', 'www.openstreetmap.org', 'blog.hikers.example']);
const TIMEOUT_MS = 3_000;
const MAX_CHARACTERS = 50_000;

/** The first address in a message, if it has one. */
export function firstLink(message: string): string | undefined {
  return /https?:\/\/[^\s<>"]+/.exec(message)?.[0];
}

/** The text of the title element of a page, cut to the length that is shown. */
export function titleOf(html: string): string | undefined {
  const start = html.indexOf('<title>');
  const end = html.indexOf('</title>', start);
  if (start < 0 || end < 0) {
    return undefined;
  }
  return html.slice(start + '<title>'.length, end).trim().slice(0, 120);
}

async function readStart(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length >= MAX_CHARACTERS) {
      break;
    }
  }
  return text;
}

/** Fetches what is needed for the preview of an address; undefined if there is none to show. */
export async function loadPreview(address: string): Promise<Preview | undefined> {
  const url = new URL(address);
  if (url.protocol !== 'https:' || !PREVIEW_HOSTS.has(url.host)) {
    return undefined;
  }
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) {
    await response.body?.cancel();
    return undefined;
  }
  const title = titleOf(await readStart(response));
  return title === undefined ? undefined : { url: url.href, title };
}

/** The preview for the first link of a message; a link that cannot be loaded has none. */
export async function previewFor(message: string): Promise<Preview | undefined> {
  const address = firstLink(message);
  if (address === undefined) {
    return undefined;
  }
  try {
    return await loadPreview(address);
  } catch {
    return undefined;
  }
}
