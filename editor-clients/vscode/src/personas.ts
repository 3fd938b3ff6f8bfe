/** Which personas read, switched until the server ends. */

import * as vscode from 'vscode';
import type { Lifecycle } from './server/lifecycle.ts';

/** `postil.personas` of the server. */
export interface PersonaRow {
    name: string;
    title: string;
    role: string;
    model: string;
    origin: string;
    path: string;
    enabled: boolean;
}

interface Row extends vscode.QuickPickItem {
    persona: PersonaRow;
}

export async function switchPersonas(lifecycle: Lifecycle): Promise<void> {
    const personas = await lifecycle.command<PersonaRow[]>('postil.personas');
    const readers = personas.filter((persona) => persona.role === 'review');
    const chosen = await ask(readers.map(rowOf));
    for (const persona of chosen ? readers : []) {
        const on = Boolean(chosen?.has(persona.name));
        if (on !== persona.enabled) {
            await lifecycle.command('postil.persona', [persona.name, on]);
        }
    }
}

function rowOf(persona: PersonaRow): Row {
    const open = { iconPath: new vscode.ThemeIcon('go-to-file'), tooltip: vscode.l10n.t('Open its file') };
    const buttons = persona.path ? [open] : [];
    return { label: persona.name, description: `${persona.title} · ${persona.origin}`, detail: persona.model, persona, buttons };
}

function ask(rows: Row[]): Promise<Set<string> | undefined> {
    return new Promise((resolve) => {
        const pick = vscode.window.createQuickPick<Row>();
        pick.title = vscode.l10n.t('Postil: who reads');
        pick.canSelectMany = true;
        pick.items = rows;
        pick.selectedItems = rows.filter((row) => row.persona.enabled);
        pick.onDidAccept(() => {
            resolve(new Set(pick.selectedItems.map((row) => row.persona.name)));
            pick.hide();
        });
        pick.onDidTriggerItemButton((event) => {
            pick.hide();
            void vscode.window.showTextDocument(vscode.Uri.file(event.item.persona.path));
        });
        pick.onDidHide(() => {
            resolve(undefined);
            pick.dispose();
        });
        pick.show();
    });
}
