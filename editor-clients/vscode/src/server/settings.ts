/** The settings as the server takes them: what somebody has set, nothing that is only a default, nothing of ours. */

/** Keys of the section `postil` that are the extension's own. */
export const OWN = ['server.path', 'server.args', 'trace.server', 'codeLens', 'previewFixes', 'completion.disabledLanguages'];

export interface Pause {
    paused: boolean;
}

/** `keys`: all of the section, dotted; `set`: the value that somebody gave, undefined for none. A default is left out, so
 * that the user's and the workspace's postil.toml count. */
export function explicit(
    keys: readonly string[],
    set: (key: string) => unknown,
    trusted: boolean,
    pause: Pause,
): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const key of keys) {
        const value = OWN.includes(key) ? undefined : set(key);
        if (value !== undefined && value !== null) {
            put(values, key.split('.'), value);
        }
    }
    if (pause.paused) {
        put(values, ['review', 'onSave'], false);
        put(values, ['review', 'onOpen'], false);
        put(values, ['completion', 'enabled'], false);
    }
    values.trustWorkspace = trusted;
    return values;
}

function put(values: Record<string, unknown>, keys: string[], value: unknown): void {
    const [key, ...rest] = keys;
    if (key === undefined) {
        return;
    }
    if (rest.length === 0) {
        values[key] = value;
        return;
    }
    const inner = values[key];
    const table = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
    values[key] = table;
    put(table, rest, value);
}
