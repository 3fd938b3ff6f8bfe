export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment variable for a dotted key: `server.http.port` becomes `SHOP_SERVER_HTTP_PORT`. */
export function variableName(key: string, prefix = "SHOP"): string {
  const name = key.replaceAll(".", "_").toUpperCase();
  return `${prefix}_${name}`;
}

/** The number set for a key, or the fallback where none is; throws on a text that is not a number. */
export function numberSetting(environment: Environment, key: string, fallback: number): number {
  const text = environment[variableName(key)]?.trim();
  if (!text) {
    return fallback;
  }
  const value = Number(text);
  if (!Number.isFinite(value)) {
    throw new RangeError(`${variableName(key)} must be a number, not ${text}`);
  }
  return value;
}
