/** Our notes as values: what the tree and the counts show. */

export type Severity = 'error' | 'warning' | 'information' | 'hint';
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'information', 'hint'];

/** What stands behind a model's opinion: a calibration on this repository, nothing, or a measurement that found it worthless. */
export type Standing = 'calibrated' | 'unmeasured' | 'chance';

export interface Note {
    id: string;
    uri: string;
    line: number;
    character: number;
    severity: Severity;
    persona: string;
    message: string;
    /** Undefined: no opinion, but what a check has shown. */
    standing: Standing | undefined;
    hasFix: boolean;
}

/** What stands in a diagnostic's `data`, as far as it is read here. */
export interface NoteData {
    id?: string;
    persona?: string;
    standing?: Standing;
    fix?: unknown;
    /** The name of a check whose test fails, and whether a fix of it was verified. */
    check?: string;
    verified?: boolean;
}

/** How the server begins an opinion, in its two languages: "Opinion (unmeasured): ", "Opinion (calibrated) of MODEL: ". */
const HEAD = /^(?:Opinion \([^)]*\)(?: of \S+)?: |(?:\S+ 的)?意见（[^）]*）：)/;

/** The first line of a message, of an opinion without its head: a narrow row would show nothing else. */
export function gist(note: Pick<Note, 'message' | 'standing'>): string {
    const line = note.message.split('\n')[0] ?? '';
    return note.standing ? line.replace(HEAD, '') : line;
}

export class Notes {
    private readonly byFile = new Map<string, Note[]>();

    set(uri: string, notes: Note[]): void {
        if (notes.length) {
            this.byFile.set(uri, notes);
        } else {
            this.byFile.delete(uri);
        }
    }

    clear(): void {
        this.byFile.clear();
    }

    /** Files with their notes, by path; notes by line. */
    files(keep: (note: Note) => boolean): Array<{ uri: string; notes: Note[] }> {
        const files = [...this.byFile].map(([uri, notes]) => ({
            uri,
            notes: notes.filter(keep).sort((a, b) => a.line - b.line || a.character - b.character),
        }));
        return files.filter((file) => file.notes.length).sort((a, b) => (a.uri < b.uri ? -1 : 1));
    }

    all(): Note[] {
        return [...this.byFile.values()].flat();
    }

    personas(): string[] {
        return [...new Set(this.all().map((note) => note.persona))].sort();
    }
}
