/** Our own websites. */
export const TRUSTED_ORIGINS: ReadonlySet<string> = new Set([
  'https://app.vineyard.example',
  'https://admin.vineyard.example',
]);

/** The headers that let our own websites call the interface with the cookies of their visitors. */
export function corsHeaders(origin: string | undefined): Record<string, string> {
  const headers: Record<string, string> = { Vary: 'Origin' };
  if (origin !== undefined && TRUSTED_ORIGINS.has(origin)) {
    headers['Access-Control-Allow-Origin'] = origin;
    headers['Access-Control-Allow-Credentials'] = 'true';
    headers['Access-Control-Allow-Methods'] = 'GET, POST, DELETE';
    headers['Access-Control-Allow-Headers'] = 'Content-Type, X-CSRF-Token';
  }
  return headers;
}
