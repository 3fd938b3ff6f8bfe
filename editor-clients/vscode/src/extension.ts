/** Where everything is made and tied together. */

import * as vscode from 'vscode';
import { Agent } from './agent/agent.ts';
import { Calibrating } from './calibrating.ts';
import { Counts } from './counts.ts';
import { ignore, IGNORE } from './dismiss.ts';
import { doctor, PAGE, Pages } from './doctor.ts';
import { guarded } from './errors.ts';
import { explain, EXPLAIN } from './explain.ts';
import { FindingsView } from './findings/tree.ts';
import { FirstRun } from './firstRun.ts';
import { Fixing } from './fixing.ts';
import { FixPreview } from './fixPreview.ts';
import { answerInput } from './input.ts';
import { toggle } from './languages.ts';
import { Lenses } from './lens.ts';
import { showMenu, snoozeMinutes } from './menu.ts';
import { middleware } from './middleware.ts';
import { Models } from './models.ts';
import { Pausing } from './pause.ts';
import { switchPersonas } from './personas.ts';
import { Progresses } from './progress.ts';
import { Reviewing } from './reviewing.ts';
import { Lifecycle } from './server/lifecycle.ts';
import { announceInput, options, settings } from './server/options.ts';
import { showPrompt, SHOW_PROMPT } from './shownPrompt.ts';
import { StatusBar, type ServerStatus } from './status.ts';
import { Walkthrough } from './walkthrough.ts';

/** What needs another process, not only another setting. */
const RESTARTING = ['postil.server.path', 'postil.server.args'];

/** For the tests inside the extension host. */
export interface Api {
    lifecycle: Lifecycle;
    findings: FindingsView;
    status: StatusBar;
    settings: () => Record<string, unknown>;
    counts: Counts;
}

let stop: (() => Promise<void>) | undefined;

export function activate(context: vscode.ExtensionContext): Api {
    const log = vscode.window.createOutputChannel('Postil', { log: true });
    const trace = vscode.window.createOutputChannel('Postil (protocol)', { log: true });
    const status = new StatusBar();
    const pausing = new Pausing(context.workspaceState);
    const findings = new FindingsView(context.workspaceState);
    const preview = new FixPreview();
    const progresses = new Progresses();
    const pages = new Pages();
    const walkthrough = new Walkthrough();
    const ours = (): Record<string, unknown> => settings(context, pausing);
    const lifecycle: Lifecycle = new Lifecycle(context, log, {
        options: () =>
            options(context, pausing, trace, middleware({ log, findings, preview, progresses, walkthrough, client: () => lifecycle.running })),
        fit: (client) => {
            announceInput(client);
            answerInput(client);
            client.onNotification('postil/status', (told: ServerStatus) => {
                status.told(told);
                if (told.model) {
                    walkthrough.tick('model');
                }
            });
            client.onNotification('postil/reviewed', () => walkthrough.tick('save'));
        },
    });
    const firstRun = new FirstRun(context, lifecycle, log);
    const counts = new Counts(context.globalState, lifecycle);
    const models = new Models(lifecycle, progresses, log);
    const reviewing = new Reviewing(lifecycle, progresses);
    const fixing = new Fixing(lifecycle, progresses);
    const calibrating = new Calibrating(lifecycle, progresses);

    const agent = new Agent(context, lifecycle, log, (folder) => settings(context, pausing, folder));

    lifecycle.changed((stage) => {
        status.entered(stage, lifecycle.trouble);
        if (stage === 'looking') {
            // It may be another program from now on.
            void agent.stop();
        }
        if (stage === 'running') {
            walkthrough.tick('install');
        } else if (stage === 'stopped' || stage === 'failed') {
            // The client takes the diagnostics away too.
            findings.clear();
        } else if (stage === 'missing') {
            void firstRun.offer();
        }
    });
    const tell = (): void => {
        // Null: it asks, for each folder.
        void lifecycle.running?.sendNotification('workspace/didChangeConfiguration', { settings: null });
    };
    pausing.changed(() => {
        status.paused(pausing.words());
        tell();
    });
    status.paused(pausing.words());

    const commands: Record<string, (...given: never[]) => unknown> = {
        'postil.showMenu': () => showMenu(lifecycle, status, pausing),
        'postil.ask': (question?: string) => agent.ask(question),
        'postil.newConversation': () => agent.fresh(),
        'postil.reviewThisFile': () => reviewing.file(),
        'postil.reviewGitChanges': () => reviewing.changes(),
        'postil.reviewAllFiles': () => reviewing.workspace(),
        'postil.fixThisFile': () => fixing.file(),
        'postil.fixGitChanges': () => fixing.changes(),
        'postil.fixWorkspace': () => fixing.workspace(),
        'postil.cancelReviews': () => lifecycle.command('postil.cancel'),
        'postil.clearNotes': () => lifecycle.command('postil.clear'),
        'postil.pause': () => pausing.pause(Infinity),
        'postil.resume': () => pausing.resume(),
        'postil.snooze': async () => {
            const minutes = await snoozeMinutes();
            return minutes && pausing.pause(minutes);
        },
        'postil.choosePersonas': () => switchPersonas(lifecycle),
        'postil.chooseModel': () => models.pick(),
        'postil.fetchModel': () => models.pull(),
        'postil.calibrateRepository': () => calibrating.repository(),
        'postil.openSettings': () =>
            vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${context.extension.id}`),
        'postil.showLog': () => log.show(),
        'postil.showTrace': () => trace.show(),
        'postil.doctor': () => doctor(lifecycle, pages),
        'postil.restart': () => lifecycle.start(),
        'postil.install': () => firstRun.install(),
        'postil.toggleLanguage': () => toggle(),
        'postil.filterFindings': () => findings.choose(),
        'postil.refreshCounts': () => counts.look(),
        'postil.resetCounts': () => counts.reset(),
        [IGNORE]: (uri: string, id: string) => ignore(lifecycle, uri, id),
        [SHOW_PROMPT]: (uri?: string, id?: string) => showPrompt(lifecycle, pages, uri, id),
        [EXPLAIN]: (uri: string, range: number[], message: string) => explain(lifecycle, uri, range, message),
    };
    const lenses = new Lenses();
    context.subscriptions.push(
        log, trace, status, pausing, findings, preview, counts, lenses, walkthrough, agent, lifecycle,
        vscode.workspace.registerTextDocumentContentProvider(PAGE, pages),
        vscode.languages.registerCodeLensProvider([{ scheme: 'file' }], lenses),
        ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(name, (...given: never[]) => guarded(log, () => run(...given)))),
        // The workspace's interpreter may be asked for a Postil now.
        vscode.workspace.onDidGrantWorkspaceTrust(() => (lifecycle.stage === 'missing' ? void lifecycle.start() : tell())),
        vscode.workspace.onDidChangeConfiguration((change) => {
            if (RESTARTING.some((key) => change.affectsConfiguration(key))) {
                void lifecycle.start();
            }
        }),
    );
    stop = async () => {
        await Promise.all([agent.stop(), lifecycle.stop()]);
    };
    void lifecycle.start();
    return { lifecycle, findings, status, settings: ours, counts };
}

export async function deactivate(): Promise<void> {
    await stop?.();
}

