const DEFAULTS = { host: "127.0.0.1", port: 8080, keepAliveMs: 5000 };

/**
 * Fills in the options of the preview server. What the user leaves out takes its
 * default. Port 0 lets the system choose a free one; keepAliveMs 0 means no keep-alive.
 *
 * @param {{host?: string, port?: number, keepAliveMs?: number}} options
 * @returns {{host: string, port: number, keepAliveMs: number}}
 */
export function serverOptions(options = {}) {
  const port = options.port ?? DEFAULTS.port;
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new RangeError(`invalid port: ${port}`);
  }
  return {
    host: options.host ?? DEFAULTS.host,
    port,
    keepAliveMs: options.keepAliveMs ?? DEFAULTS.keepAliveMs,
  };
}
