/** The page of the view "Ask Postil". What a model says is put into it as text, never as HTML. */
(() => {
    const vscode = acquireVsCodeApi();
    const by = (id) => document.getElementById(id);
    const list = by('list'), form = by('form'), input = by('input'), mode = by('mode'), stop = by('stop'), send = by('send');
    const MARKS = { completed: '✓', failed: '✗' };
    const calls = new Map(), permissions = new Map();
    let words = {}, growing, busy = false;

    function element(tag, name, text) {
        const made = document.createElement(tag);
        made.className = name;
        if (text !== undefined) {
            made.textContent = text;
        }
        return made;
    }

    function button(text, name, run) {
        const made = element('button', name, text);
        made.type = 'button';
        made.addEventListener('click', run);
        return made;
    }

    /** Whoever reads further up isn't moved. */
    function add(made) {
        const follows = atEnd();
        list.append(made);
        end(follows);
        return made;
    }

    const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const end = (follows) => follows && (list.scrollTop = list.scrollHeight);

    /** Text and fenced code, in their order. A fence that isn't closed yet is code already. */
    function parts(text) {
        const found = [];
        let fence = '', lines = [];
        const close = () => lines.length && found.push({ code: fence !== '', text: lines.join('\n') });
        for (const line of text.split('\n')) {
            const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? '';
            const ends = fence && mark.startsWith(fence) && line.trim() === mark;
            if (ends || (!fence && mark)) {
                close();
                lines = [];
                fence = ends ? '' : mark;
            } else {
                lines.push(line);
            }
        }
        close();
        return found.filter((one) => one.code || one.text.trim());
    }

    function draw(made) {
        const follows = atEnd();
        made.drawn = undefined;
        const shown = parts(made.text).map((one) => (one.code ? element('pre', '', one.text) : element('div', 'text', one.text.replace(/^\n+|\s+$/g, ''))));
        made.body.replaceChildren(...shown);
        end(follows);
    }

    /** Once a frame, however many words come. */
    function grow(kind, text) {
        if (growing?.kind !== kind) {
            const body = kind === 'said' ? element('div', 'said') : element('details', 'thought');
            add(body);
            growing = { kind, body, text: '' };
        }
        const made = growing;
        made.text += text;
        if (kind === 'thought') {
            made.body.replaceChildren(element('summary', '', words.thought), document.createTextNode(made.text));
        } else {
            made.drawn ??= requestAnimationFrame(() => draw(made));
        }
    }

    function call({ id, title, status, place }) {
        let made = calls.get(id);
        if (!made) {
            made = add(button('', 'call', () => made.classList.contains('place') && vscode.postMessage({ kind: 'open', id })));
            calls.set(id, made);
        }
        made.className = `call ${status}${place ? ' place' : ''}`;
        made.title = title;
        made.replaceChildren(element('span', 'mark', MARKS[status] ?? '…'), document.createTextNode(title));
    }

    const NAMES = { allow_once: 'once', allow_always: 'always', reject_once: 'no' };

    function permission({ id, title, lines, differs, options }) {
        const card = element('section', 'permission');
        const code = element('pre', '');
        for (const line of lines) {
            const name = line.mark === '+' ? 'added' : line.mark === '-' ? 'removed' : '';
            code.append(element('div', name, `${line.mark ? `${line.mark} ` : ''}${line.text}` || ' '));
        }
        const buttons = element('div', 'buttons');
        for (const option of options) {
            const yes = option.kind === 'allow_once';
            const text = words[NAMES[option.kind]] ?? option.name;
            buttons.append(button(text, yes ? '' : 'quiet', () => vscode.postMessage({ kind: 'answer', id, option: option.optionId })));
        }
        if (differs) {
            buttons.append(button(words.difference, 'quiet', () => vscode.postMessage({ kind: 'difference', id })));
        }
        card.append(element('div', 'title', title), ...(lines.length ? [code] : []), buttons);
        permissions.set(id, { card, buttons });
        add(card);
        list.scrollTop = list.scrollHeight;
    }

    function state(told) {
        busy = told.busy;
        stop.hidden = !busy;
        send.hidden = busy;
        mode.replaceChildren(...told.modes.map((one) => {
            const made = element('option', '', one.name);
            made.value = one.id;
            made.title = one.description ?? '';
            return made;
        }));
        mode.value = told.mode;
        by('beside').replaceChildren(...told.beside.map((name, place) => {
            const made = button(`${name} ×`, 'chip', () => vscode.postMessage({ kind: 'detach', place }));
            made.title = words.detach;
            return made;
        }));
        list.querySelector('.notice')?.remove();
        if (told.notice) {
            list.prepend(element('div', 'notice', told.notice));
        }
    }

    const does = {
        words: (told) => {
            words = told.words;
            input.placeholder = words.input;
            input.setAttribute('aria-label', words.input);
            send.textContent = words.send;
            stop.textContent = words.stop;
            by('fresh').textContent = words.fresh;
            mode.title = words.mode;
        },
        cleared: () => {
            calls.clear();
            permissions.clear();
            list.replaceChildren(element('p', 'hint', words.hint));
        },
        focus: () => input.focus(),
        state,
        asked: (told) => {
            const made = element('div', 'asked', told.text);
            told.beside.forEach((name) => made.append(element('div', 'beside', name)));
            add(made);
            list.scrollTop = list.scrollHeight;
        },
        said: (told) => grow('said', told.text),
        thought: (told) => grow('thought', told.text),
        call,
        plan: (told) => add(element('div', 'ended', told.lines.join('\n'))),
        permission,
        settled: (told) => {
            const found = permissions.get(told.id);
            found?.card.classList.add('settled');
            found?.buttons.replaceChildren(element('span', '', words[NAMES[told.option]] ?? told.name));
        },
        ended: (told) => told.text && add(element('div', told.failed ? 'ended failed' : 'ended', told.text)),
    };

    window.addEventListener('message', ({ data }) => {
        if (!['state', 'focus', 'words', 'said', 'thought'].includes(data.kind)) {
            growing = undefined;
        }
        does[data.kind]?.(data);
    });

    form.addEventListener('submit', (event) => {
        event.preventDefault();
        const text = input.value.trim();
        if (text && !busy) {
            vscode.postMessage({ kind: 'ask', text });
            input.value = '';
            vscode.setState({});
        }
    });
    input.addEventListener('keydown', (event) => {
        // A key that ends the choice of a character isn't one that sends.
        if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            form.requestSubmit();
        }
    });
    // A view that is hidden is made anew.
    input.value = vscode.getState()?.draft ?? '';
    input.addEventListener('input', () => vscode.setState({ draft: input.value }));
    stop.addEventListener('click', () => vscode.postMessage({ kind: 'stop' }));
    by('fresh').addEventListener('click', () => vscode.postMessage({ kind: 'new' }));
    mode.addEventListener('change', () => vscode.postMessage({ kind: 'mode', id: mode.value }));
    vscode.postMessage({ kind: 'ready' });
})();
