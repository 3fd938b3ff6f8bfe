/** Our notes as values: what the tree and the counts show. */

export type Severity = 'error' | 'warning' | 'information' | 'hint';
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'information', 'hint'];

export interface Note {
    id: string;
    uri: string;
    line: number;
    character: number;
    severity: Severity;
    persona: string;
    message: string;
    hasFix: boolean;
}

/** What stands in a diagnostic's `data`, as far as it is read here. */
export interface NoteData {
    id?: string;
    persona?: string;
    fix?: unknown;
    /** The name of a check whose test fails, and whether a fix of it was verified. */
    check?: string;
    verified?: boolean;
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
