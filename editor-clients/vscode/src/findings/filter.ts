/** Which notes the tree shows: by severity and by persona. */

import { SEVERITIES, type Note, type Severity } from './model.ts';

/** What is hidden rather than what is shown: a persona that comes later is seen. */
export interface Filter {
    severities: readonly Severity[];
    personas: readonly string[];
}

export const EVERYTHING: Filter = { severities: [], personas: [] };

export function keeps(filter: Filter, note: Note): boolean {
    return !filter.severities.includes(note.severity) && !filter.personas.includes(note.persona);
}

/** The filter that hides all that could be chosen and was not. */
export function without(chosen: ReadonlySet<string>, personas: readonly string[]): Filter {
    return {
        severities: SEVERITIES.filter((severity) => !chosen.has(`severity:${severity}`)),
        personas: personas.filter((persona) => !chosen.has(`persona:${persona}`)),
    };
}

export function isOn(filter: Filter): boolean {
    return filter.severities.length > 0 || filter.personas.length > 0;
}
