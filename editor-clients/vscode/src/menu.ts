/** The menu of the status bar item. */

import * as vscode from 'vscode';
import { completes } from './languages.ts';
import type { Pausing } from './pause.ts';
import type { Lifecycle } from './server/lifecycle.ts';
import type { StatusBar } from './status.ts';

interface Row extends vscode.QuickPickItem {
    command?: string;
}

export async function showMenu(lifecycle: Lifecycle, status: StatusBar, pausing: Pausing): Promise<void> {
    const rows = lifecycle.running ? runningRows(status, pausing) : stoppedRows(lifecycle);
    const { engine, model, message } = status.server;
    const placeHolder = [engine, model, message || lifecycle.trouble].filter(Boolean).join(' · ');
    const row = await vscode.window.showQuickPick(rows, { title: 'Postil', placeHolder });
    if (row?.command) {
        await vscode.commands.executeCommand(row.command);
    }
}

function stoppedRows(lifecycle: Lifecycle): Row[] {
    const t = vscode.l10n.t;
    const rows: Row[] = [];
    if (lifecycle.stage === 'missing') {
        rows.push({ label: `$(cloud-download) ${t('Install the server')}`, command: 'postil.install' });
    }
    rows.push({ label: `$(debug-restart) ${t('Start the server')}`, command: 'postil.restart' });
    return [...rows, ...commonRows()];
}

function runningRows(status: StatusBar, pausing: Pausing): Row[] {
    const t = vscode.l10n.t;
    const language = vscode.window.activeTextEditor?.document.languageId;
    const rows: Row[] = [
        { label: `$(comment-discussion) ${t('Ask Postil…')}`, command: 'postil.ask' },
        separator(t('Review')),
        { label: `$(search) ${t('Review this file')}`, command: 'postil.reviewThisFile' },
        { label: `$(git-compare) ${t('Review the changes')}`, command: 'postil.reviewGitChanges' },
        { label: `$(files) ${t('Review the workspace')}`, command: 'postil.reviewAllFiles' },
    ];
    rows.push({ label: `$(beaker) ${t('Run the check, and look for a fix')}`, description: status.server.check ?? '', command: 'postil.fixWorkspace' });
    if (status.server.busy || status.server.state === 'busy') {
        rows.push({ label: `$(stop-circle) ${t('Cancel what runs')}`, command: 'postil.cancelReviews' });
    }
    rows.push({ label: `$(clear-all) ${t('Clear the notes')}`, command: 'postil.clearNotes' });
    rows.push(separator(t('Who reads')));
    rows.push({
        label: `$(person) ${t('Personas')}`, description: status.server.personas.join(', '), command: 'postil.choosePersonas',
    });
    rows.push({ label: `$(server) ${t('Choose the model')}`, description: status.server.model, command: 'postil.chooseModel' });
    rows.push({ label: `$(cloud-download) ${t('Pull a model')}`, command: 'postil.fetchModel' });
    rows.push({ label: `$(graph) ${t('Calibrate on this repository')}`, command: 'postil.calibrateRepository' });
    rows.push(separator(t('Quiet')));
    if (pausing.paused) {
        rows.push({ label: `$(debug-start) ${t('Go on')}`, description: pausing.words(), command: 'postil.resume' });
    } else {
        rows.push({ label: `$(debug-pause) ${t('Pause')}`, command: 'postil.pause' });
        rows.push({ label: `$(bell-slash) ${t('Snooze…')}`, command: 'postil.snooze' });
    }
    if (language) {
        const label = completes(language)
            ? t('No completion in {0} files', language)
            : t('Complete in {0} files again', language);
        rows.push({ label: `$(symbol-text) ${label}`, command: 'postil.toggleLanguage' });
    }
    return [...rows, separator(''), ...commonRows()];
}

function commonRows(): Row[] {
    const t = vscode.l10n.t;
    return [
        { label: `$(settings-gear) ${t('Settings')}`, command: 'postil.openSettings' },
        { label: `$(output) ${t('Show the log')}`, command: 'postil.showLog' },
        { label: `$(pulse) ${t('Doctor: what is found, what is missing')}`, command: 'postil.doctor' },
        { label: `$(debug-restart) ${t('Restart the server')}`, command: 'postil.restart' },
    ];
}

function separator(label: string): Row {
    return { label, kind: vscode.QuickPickItemKind.Separator };
}

/** How long to snooze; undefined when nothing was chosen. */
export async function snoozeMinutes(): Promise<number | undefined> {
    const t = vscode.l10n.t;
    const rows = [5, 15, 30, 60, 120].map((minutes) => ({ label: t('{0} minutes', minutes), minutes }));
    return (await vscode.window.showQuickPick(rows, { title: t('Snooze for') }))?.minutes;
}
