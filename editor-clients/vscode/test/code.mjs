/** A real VS Code in a real browser: started with one workspace and one extension, driven by keys, ended with all of its
 * processes. */

import { spawn } from 'node:child_process';
import {
    chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** For a machine that does other things too; a condition that holds ends the wait at once. */
export const PATIENCE = 90_000;
export const CLIENT = fileURLToPath(new URL('..', import.meta.url));
/** Of our notes: those of opinions, which are mostly hints, are three dots. */
export const SQUIGGLES = '.squiggly-warning, .squiggly-error, .squiggly-info, .squiggly-hint';
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const SERVER = process.env.POSTIL_TEST_SERVER ?? fileURLToPath(new URL('../../../server', import.meta.url));

const SETTINGS = {
    'workbench.startupEditor': 'none',
    'security.workspace.trust.enabled': false,
    'telemetry.telemetryLevel': 'off',
    'chat.disableAIFeatures': true,
    'workbench.tips.enabled': false,
    'git.openRepositoryInParentFolders': 'never',
    'window.commandCenter': false,
    'workbench.layoutControl.enabled': false,
    'files.simpleDialog.enable': true,
    'editor.minimap.enabled': false,
    // A picture shows no menu that is still half there.
    'workbench.reduceMotion': 'on',
    'workbench.colorTheme': 'Default Light Modern',
    'editor.accessibilitySupport': 'off',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'extensions.ignoreRecommendations': true,
};

function need(name) {
    const value = process.env[name];
    if (!value) {
        throw new Error(`${name} isn't set: these tests are run by pytest tests/clients`);
    }
    return value;
}

async function freePort() {
    const server = createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
}

/** Waits until `holds()` is truthy and returns it. */
export async function until(holds, what, patience = PATIENCE) {
    const end = Date.now() + patience;
    for (;;) {
        const found = await holds();
        if (found) {
            return found;
        }
        if (Date.now() > end) {
            throw new Error(`waited ${patience / 1000} s for ${what}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

export class Code {
    /** `files`: the workspace, by path; with `folders` it has several, which lie in it. `rules`: what the scripted engine
     * answers (a function of the test's Code, where a rule names its gate); without them Postil chooses its engine as it
     * does for everybody. `beside`: another extension of test/beside, installed with ours. `server`: false = none is installed; `python`: false = nor is a Python. */
    static async start(
        name,
        { files, folders, rules, settings = {}, server = true, python = true, extension = 'installed', beside = '', query = '', init, locale, env = {} } = {},
    ) {
        const code = new Code();
        code.name = name;
        code.shots = process.env.POSTIL_SHOTS;
        code.folder = mkdtempSync(path.join(tmpdir(), `postil-${name}-`));
        code.work = path.join(code.folder, 'work');
        code.locale = locale;
        code.env = typeof env === 'function' ? env(code) : env;
        code.beside = beside;
        code.opened = `?folder=${encodeURIComponent(code.work)}`;
        for (const [file, text] of Object.entries(files)) {
            code.write(file, text);
        }
        if (folders) {
            code.write('several.code-workspace', JSON.stringify({ folders: folders.map((folder) => ({ path: folder })) }));
            code.opened = `?workspace=${encodeURIComponent(path.join(code.work, 'several.code-workspace'))}`;
        }
        if (rules) {
            code.answers(typeof rules === 'function' ? rules(code) : rules);
        }
        const own = server ? { 'postil.server.path': code.wrapper() } : {};
        // Whatever the score's weights, and without asking each time: these tests are about the editor.
        const score = rules ? { 'postil.review.minScore': 0, 'postil.review.show': 'all' } : {};
        const all = JSON.stringify({ ...SETTINGS, ...own, ...score, ...settings }, null, 2);
        // The browser's window is a remote one: what only a machine may set stands in the machine's settings.
        for (const level of ['User', 'Machine']) {
            mkdirSync(path.join(code.folder, 'data', level), { recursive: true });
            writeFileSync(path.join(code.folder, 'data', level, 'settings.json'), all);
        }
        try {
            const programs = python ? (server ? process.env.PATH : withoutPostil()) : code.#withoutPython();
            await code.#begin(extension, query, init, programs);
        } catch (error) {
            await code.stop();
            throw error;
        }
        return code;
    }

    /** A `postil` like the one that pip makes, with the script of this test where there is one. */
    wrapper() {
        const file = path.join(this.folder, 'bin', 'postil');
        mkdirSync(path.dirname(file), { recursive: true });
        const python = need('POSTIL_TEST_PYTHON');
        const script = path.join(this.folder, 'script.json');
        writeFileSync(
            file,
            `#!/bin/sh
export PYTHONPATH="${SERVER}"
if { [ "$1" = serve ] || [ "$1" = acp ]; } && [ -e "${script}" ]; then
    exec "${python}" -m postil "$@" --engine-script "${script}" --engine-journal "${this.folder}/journal"
fi
exec "${python}" -m postil "$@"
`,
        );
        chmodSync(file, 0o755);
        return file;
    }

    answers(rules) {
        writeFileSync(path.join(this.folder, 'script.json'), JSON.stringify(rules));
    }

    get gate() {
        return path.join(this.folder, 'gate');
    }

    open() {
        writeFileSync(this.gate, '');
    }

    journal() {
        const file = path.join(this.folder, 'journal');
        return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)) : [];
    }

    write(file, text) {
        const target = path.join(this.work, file);
        mkdirSync(path.dirname(target), { recursive: true });
        writeFileSync(target, text);
    }

    read(file) {
        return readFileSync(path.join(this.work, file), 'utf8');
    }

    async #begin(extension, query, init, programs) {
        const parts = need('POSTIL_TEST_CODE');
        const port = await freePort();
        this.address = `127.0.0.1:${port}`;
        writeFileSync(path.join(this.folder, 'config.yaml'), `bind-addr: ${this.address}\nauth: none\ncert: false\n`);
        const program = path.join(parts, 'node_modules', '.bin', 'code-server');
        const base = ['--config', path.join(this.folder, 'config.yaml'), '--user-data-dir', path.join(this.folder, 'data'),
            '--extensions-dir', extension === 'installed' && !this.beside ? need('POSTIL_TEST_EXTENSIONS') : path.join(this.folder, 'extensions')];
        if (this.beside) {
            const folder = path.join(this.folder, 'extensions');
            cpSync(need('POSTIL_TEST_EXTENSIONS'), folder, { recursive: true });
            cpSync(path.join(CLIENT, 'test', 'beside', this.beside), path.join(folder, `postil-test.${this.beside}-beside-0.0.1`), { recursive: true });
            // Without its list VS Code looks what is there.
            rmSync(path.join(folder, 'extensions.json'), { force: true });
        }
        const env = {
            ...process.env,
            PATH: `${path.join(parts, 'bin')}:${programs}`,
            XDG_CONFIG_HOME: path.join(this.folder, 'config'),
            ...this.env,
        };
        this.process = spawn(
            program,
            [...base, '--disable-telemetry', '--disable-update-check', '--reconnection-grace-time', '5', this.work],
            { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
        );
        this.output = '';
        this.process.stdout.on('data', (chunk) => (this.output += chunk));
        this.process.stderr.on('data', (chunk) => (this.output += chunk));
        await until(() => fetch(`http://${this.address}/healthz`).then((answer) => answer.ok, () => false), `code-server\n${this.output}`);
        const executablePath = process.env.POSTIL_TEST_CHROMIUM ?? CHROMIUM.find((file) => existsSync(file));
        this.browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
        const context = await this.browser.newContext({ viewport: { width: 1180, height: 720 }, locale: 'en-US' });
        await context.grantPermissions(['clipboard-read', 'clipboard-write']);
        this.page = await context.newPage();
        this.page.setDefaultTimeout(PATIENCE);
        await init?.(this.page, this);
        await this.page.goto(`http://${this.address}/${this.opened}${query.replaceAll('HOST', this.address)}`);
        await this.page.waitForSelector('.monaco-workbench');
    }

    /** A folder with all programs but Python and Postil, and a home and a shell that don't add any: the extension host
     * takes its PATH from a login shell. */
    #withoutPython() {
        const bin = path.join(this.folder, 'programs');
        const home = path.join(this.folder, 'home');
        mkdirSync(bin);
        mkdirSync(home);
        for (const folder of process.env.PATH.split(':').filter((one) => existsSync(one))) {
            for (const name of readdirSync(folder).filter((one) => !/^(python|pip|py$|postil|uv)/.test(one))) {
                if (!existsSync(path.join(bin, name))) {
                    symlinkSync(path.join(folder, name), path.join(bin, name));
                }
            }
        }
        const shell = path.join(this.folder, 'shell');
        writeFileSync(shell, '#!/bin/sh\nwhile [ "$1" != -c ]; do shift; done\nexec /bin/sh "$@"\n');
        chmodSync(shell, 0o755);
        this.env = { ...this.env, HOME: home, SHELL: shell };
        return bin;
    }

    /** There is one from now on. */
    addPython() {
        symlinkSync(need('POSTIL_TEST_PYTHON'), path.join(this.folder, 'programs', 'python3'));
    }

    // -- what the user sees

    get status() {
        return this.page.locator('[id*="postil.status"]');
    }

    async statusShows(icon, patience = PATIENCE) {
        await this.page.waitForSelector(`[id*="postil.status"] .codicon-${icon}`, { timeout: patience });
    }

    async ready(patience = PATIENCE) {
        await this.statusShows('check', patience);
    }

    squiggles() {
        return this.page.locator(SQUIGGLES).count();
    }

    async squiggle() {
        await this.page.waitForSelector(SQUIGGLES);
    }

    async noSquiggle() {
        await until(async () => (await this.squiggles()) === 0, 'the squiggle to go');
    }

    async ghost() {
        const ghost = this.page.locator('[class*="ghost-text"]').first();
        await ghost.waitFor();
        return (await this.page.locator('[class*="ghost-text"]').allTextContents()).join('').replace(/\u00a0/g, ' ');
    }

    /** The text of the active editor, as it is on the screen. */
    async lines() {
        const lines = await this.page.locator('.editor-instance .view-line').allTextContents();
        return lines.map((line) => line.replace(/\u00a0/g, ' '));
    }

    // -- what the user does

    async openFile(name) {
        await this.quick('Control+P', name);
        const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: path.basename(name) }).first();
        await row.click();
        await this.page.waitForSelector(`.tab.active[data-resource-name="${path.basename(name)}"]`);
        await this.editor();
    }

    /** The keys go into the editor. */
    async editor() {
        await this.page.locator('.editor-instance .view-lines').first().click();
    }

    /** Waits until the cursor is there. */
    async cursor(line, column) {
        await this.page.waitForSelector(`.statusbar-item:has-text("Ln ${line}, Col ${column}")`);
    }

    /** A command by its title. */
    async command(title) {
        await this.quick('F1', title);
        const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
        await row.click();
    }

    async goTo(line, column = 1) {
        await this.quick('Control+G', `${line}:${column}`);
        await this.page.keyboard.press('Enter');
        await this.#closed();
    }

    /** Opens the box by its key and types; a box that is just closing would swallow both. */
    async quick(key, text) {
        await this.#closed();
        await this.page.keyboard.press(key);
        await this.page.locator('.quick-input-widget:not([inert]) input[type="text"]').first().waitFor();
        await this.page.keyboard.type(text);
    }

    #closed() {
        return this.page.locator('.quick-input-widget').first().waitFor({ state: 'hidden' });
    }

    /** Types into the box of this title. */
    async answer(title, text) {
        await this.page.waitForSelector(`.quick-input-widget:has(.quick-input-title:has-text("${title}"))`);
        await this.page.keyboard.type(text);
        await this.page.keyboard.press('Enter');
    }

    /** Our own view. */
    async view() {
        await this.page.locator('.activitybar .action-item:has(a[aria-label^="Postil"])').click();
    }

    async save() {
        await this.page.keyboard.press('Control+S');
    }

    /** The menu of code actions at the cursor, once it has this row; asked for again where the key went elsewhere, as
     *  long as the focus is on its way back to the text. */
    async actions(text) {
        const row = this.page.locator('.action-widget .monaco-list-row', { hasText: text }).first();
        await until(async () => {
            await this.page.keyboard.press('Control+.');
            try {
                await row.waitFor({ timeout: 5000 });
                return true;
            } catch {
                await this.page.keyboard.press('Escape');
                return false;
            }
        }, `a code action: ${text}`);
        return row;
    }

    /** What the user has set, as text. */
    userSettings() {
        return readFileSync(path.join(this.folder, 'data', 'User', 'settings.json'), 'utf8');
    }

    /** A button of the notification with this text; one that is over waits in the list of notifications. */
    async press(text, button) {
        const found = this.page.locator('.notification-list-item', { hasText: text }).locator('.monaco-button', { hasText: button });
        await until(async () => {
            try {
                await found.first().click({ timeout: 5000 });
                return true;
            } catch {
                await this.command('Notifications: Show Notifications');
                return false;
            }
        }, `the button ${button} of: ${text}`);
    }

    /** A row of the list that is open. */
    async choose(text) {
        const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
        await row.waitFor();
        await row.click();
    }

    async menu() {
        await this.status.first().click();
        await this.page.waitForSelector('.quick-input-list .monaco-list-row');
    }

    async shot(name) {
        if (this.shots) {
            mkdirSync(this.shots, { recursive: true });
            await this.page.screenshot({ path: path.join(this.shots, `${name}.png`) });
        }
    }

    /** Ends everything; a failed test leaves a picture and what the extension said. */
    async stop(error) {
        if (error && this.page) {
            await this.shot(`failed-${this.name}`).catch(() => undefined);
            console.error(this.logs());
        }
        await this.browser?.close().catch(() => undefined);
        if (this.process?.pid) {
            const ended = new Promise((resolve) => this.process.once('close', resolve));
            kill(this.process.pid);
            await ended;
        }
        if (!process.env.POSTIL_KEEP) {
            rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
        }
    }

    logs() {
        const root = path.join(this.folder, 'data', 'logs');
        const files = existsSync(root) ? readdirSync(root, { recursive: true }) : [];
        const ours = files.filter((file) => /Postil.*\.log$/.test(file));
        return ours.map((file) => `== ${file}\n${readFileSync(path.join(root, file), 'utf8').slice(-6000)}`).join('\n');
    }
}

function withoutPostil() {
    return process.env.PATH.split(':').filter((folder) => !existsSync(path.join(folder, 'postil'))).join(':');
}

function kill(pid) {
    try {
        process.kill(-pid, 'SIGKILL');
    } catch (error) {
        if (error.code !== 'ESRCH') {
            throw error;
        }
    }
}

/** A test with a VS Code of its own. */
export async function withCode(name, options, use) {
    const code = await Code.start(name, options);
    let failed;
    try {
        await use(code, code.page);
    } catch (error) {
        failed = error;
        throw error;
    } finally {
        await code.stop(failed);
    }
}

/** A Python function whose minus the model turns into a plus. */
export const faulty = (name, sign = '-') =>
    `def ${name}(first, second):\n    total = first ${sign} second\n    print(total)\n    return total\n`;

export const mend = (name, more = {}) => ({
    match: { contains: `def ${name}(` }, echo: true, replace: [['first - ', 'first + ']], ...more,
});
