/** The models: chosen, pulled with progress and cancel, removed. */

import * as vscode from 'vscode';
import { guarded } from './errors.ts';
import type { Progresses } from './progress.ts';
import type { Lifecycle } from './server/lifecycle.ts';

/** `postil.models` of the server; `size` in bytes, null for a model that isn't here. */
export interface Store {
    engine: string;
    where: string;
    models: Array<{ name: string; size: number | null; loaded: unknown }>;
}

interface Row extends vscode.QuickPickItem {
    name?: string;
    engine?: string;
    here?: boolean;
    other?: boolean;
}

export class Models {
    constructor(
        private readonly lifecycle: Lifecycle,
        private readonly progresses: Progresses,
        private readonly log: vscode.LogOutputChannel,
    ) {}

    /** Chooses the model of reviews; one that isn't here is pulled first. */
    async pick(): Promise<void> {
        const stores = await this.lifecycle.command<Store[]>('postil.models');
        const row = await this.ask(rows(placed(stores)));
        if (!row) {
            return;
        }
        const name = row.other ? await this.name() : row.name;
        if (!name || (!row.here && !(await this.pull(name)))) {
            return;
        }
        const section = vscode.workspace.getConfiguration('postil');
        await section.update('model.review', name, vscode.ConfigurationTarget.Global);
    }

    /** True when it is here. */
    async pull(given?: string): Promise<boolean> {
        const name = given ?? (await this.missing());
        if (!name) {
            return false;
        }
        const title = vscode.l10n.t('Pulling {0}', name);
        const whole = await this.progresses.follow<boolean>(
            this.lifecycle, title, `Pulling ${name}`, 'postil.pullModel', [name],
        );
        if (!whole) {
            const text = vscode.l10n.t('{0} is not whole yet; pulled again, it goes on from there.', name);
            void vscode.window.showInformationMessage(text);
        }
        return whole === true;
    }

    private async missing(): Promise<string | undefined> {
        const stores = await this.lifecycle.command<Store[]>('postil.models');
        const gone = placed(stores).slice(0, 1).map((store) => ({ ...store, models: store.models.filter((one) => one.size === null) }));
        const row = await this.ask(rows(gone));
        return row?.other ? this.name() : row?.name;
    }

    private name(): Thenable<string | undefined> {
        const prompt = vscode.l10n.t('Its name, e.g. qwen2.5-coder:7b');
        return vscode.window.showInputBox({ title: vscode.l10n.t('Pull a model'), prompt });
    }

    private ask(items: Row[]): Promise<Row | undefined> {
        return new Promise((resolve) => {
            const pick = vscode.window.createQuickPick<Row>();
            pick.title = vscode.l10n.t('Postil: models');
            pick.items = items;
            pick.onDidAccept(() => {
                resolve(pick.selectedItems[0]);
                pick.hide();
            });
            pick.onDidTriggerItemButton((event) => {
                pick.hide();
                void guarded(this.log, () => this.remove(event.item));
            });
            pick.onDidHide(() => {
                resolve(undefined);
                pick.dispose();
            });
            pick.show();
        });
    }

    private async remove({ name = '', engine }: Row): Promise<void> {
        const yes = vscode.l10n.t('Remove');
        const text = vscode.l10n.t('Remove {0} from this machine?', name);
        if ((await vscode.window.showWarningMessage(text, { modal: true }, yes)) === yes) {
            const said = await this.lifecycle.command<string>('postil.removeModel', [name, engine]);
            void vscode.window.showInformationMessage(said);
        }
    }
}

/** A model that isn't here stands under the store that would pull it, which is the first. */
export function placed(stores: readonly Store[]): Store[] {
    const [first, ...others] = stores;
    if (!first) {
        return [];
    }
    const missing = others.flatMap((store) => store.models.filter((one) => one.size === null));
    const held = new Set(first.models.map((one) => one.name));
    const here = others.map((store) => ({ ...store, models: store.models.filter((one) => one.size !== null) }));
    return [{ ...first, models: [...first.models, ...missing.filter((one) => !held.has(one.name))] }, ...here];
}

function rows(stores: readonly Store[]): Row[] {
    const remove = { iconPath: new vscode.ThemeIcon('trash'), tooltip: vscode.l10n.t('Remove') };
    const found: Row[] = [];
    for (const store of stores) {
        found.push({ label: `${store.engine} · ${store.where}`, kind: vscode.QuickPickItemKind.Separator });
        for (const model of store.models) {
            const here = model.size !== null;
            const size = here ? `${((model.size ?? 0) / 1e9).toFixed(1)} GB` : vscode.l10n.t('not here: pulled when chosen');
            const loaded = model.loaded ? ` · ${vscode.l10n.t('in memory')}` : '';
            const label = here ? model.name : `$(cloud-download) ${model.name}`;
            found.push({ label, description: size + loaded, name: model.name, engine: store.engine, here, buttons: here ? [remove] : [] });
        }
    }
    return [...found, { label: `$(add) ${vscode.l10n.t('Another model…')}`, other: true, alwaysShow: true }];
}
