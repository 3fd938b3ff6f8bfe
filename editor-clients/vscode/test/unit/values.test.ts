import assert from 'node:assert/strict';
import test from 'node:test';
import { added, dayOf, since } from '../../src/countsModel.ts';
import { EVERYTHING, isOn, keeps, without } from '../../src/findings/filter.ts';
import { gist, Notes, type Note } from '../../src/findings/model.ts';
import { Queue } from '../../src/server/queue.ts';
import { explicit } from '../../src/server/settings.ts';

const note = (more: Partial<Note> = {}): Note => ({
    id: 'a', uri: 'file:///a.py', line: 1, character: 0, severity: 'warning', persona: 'reviewer', message: 'm', standing: undefined, hasFix: true,
    ...more,
});

test('notes by file and line', () => {
    const notes = new Notes();
    notes.set('file:///b.py', [note({ line: 9 }), note({ line: 2 })]);
    notes.set('file:///a.py', [note({ persona: 'security' })]);
    assert.deepEqual(notes.files(() => true).map((file) => [file.uri, file.notes.map((one) => one.line)]), [
        ['file:///a.py', [1]],
        ['file:///b.py', [2, 9]],
    ]);
    assert.deepEqual(notes.personas(), ['reviewer', 'security']);
    notes.set('file:///b.py', []);
    assert.equal(notes.all().length, 1);
});

test('a row begins with what an opinion says, in both languages, and leaves other words alone', () => {
    const of = (message: string, standing: Note['standing'] = 'unmeasured') => gist({ message, standing });
    assert.equal(of('Opinion (no better than chance): the fix adds `x: 1`.', 'chance'), 'the fix adds `x: 1`.');
    assert.equal(of('Opinion (unmeasured) of qwen2.5-coder:1.5b: “It is (never) closed: a leak.”'), '“It is (never) closed: a leak.”');
    assert.equal(of('意见（未测量）：建议的修改增加 `x`。'), '建议的修改增加 `x`。');
    assert.equal(of('qwen2.5-coder:1.5b 的意见（已校准）：“没有关闭”', 'calibrated'), '“没有关闭”');
    assert.equal(of('Another form: words\nmore'), 'Another form: words');
    assert.equal(gist(note({ message: 'Opinion (calibrated): of a check' })), 'Opinion (calibrated): of a check');
});

test('a filter hides what was not chosen, and no persona that comes later', () => {
    const filter = without(new Set(['severity:warning', 'persona:reviewer']), ['reviewer', 'security']);
    assert.ok(keeps(filter, note()) && keeps(filter, note({ persona: 'new' })));
    assert.ok(!keeps(filter, note({ severity: 'hint' })) && !keeps(filter, note({ persona: 'security' })));
    assert.ok(isOn(filter) && !isOn(EVERYTHING) && keeps(EVERYTHING, note({ severity: 'hint' })));
});

test('settings: what is set, nested; nothing of ours; quiet while paused', () => {
    const set: Record<string, unknown> = { 'review.minScore': 0, 'server.path': '/x', codeLens: true, numCtx: null };
    const given = explicit(['review.minScore', 'server.path', 'codeLens', 'numCtx', 'jobs'], (key) => set[key], false, { paused: false });
    assert.deepEqual(given, { review: { minScore: 0 }, trustWorkspace: false });
    const quiet = explicit(['review.onSave'], () => true, true, { paused: true });
    assert.deepEqual(quiet, { review: { onSave: false, onOpen: false }, completion: { enabled: false }, trustWorkspace: true });
});

test('counts by day; a server that began anew counts from nothing', () => {
    let days = added({}, '2026-01-01', { shown: 0, accepted: 0 }, { shown: 5, accepted: 2 });
    days = added(days, '2026-01-01', { shown: 5, accepted: 2 }, { shown: 7, accepted: 2 });
    assert.deepEqual(days, { '2026-01-01': { shown: 7, accepted: 2 } });
    days = added(days, '2026-01-02', { shown: 7, accepted: 2 }, { shown: 1, accepted: 1 });
    assert.deepEqual(days['2026-01-02'], { shown: 1, accepted: 1 });
    assert.equal(added(days, '2026-01-03', { shown: 1, accepted: 1 }, { shown: 1, accepted: 1 }), days);
    const today = new Date(2026, 0, 2, 12);
    assert.equal(dayOf(today), '2026-01-02');
    assert.deepEqual(since(days, today, 1), { shown: 1, accepted: 1 });
    assert.deepEqual(since(days, today, 7), { shown: 8, accepted: 3 });
});

test('one start after the other, the latest of what waits', async () => {
    const queue = new Queue();
    const ran: string[] = [];
    let running = 0;
    const work = (name: string) => async () => {
        assert.equal(++running, 1, 'never two at once');
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        ran.push(name);
    };
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => queue.run(work(name))));
    assert.deepEqual(ran, ['a', 'd']);
    await queue.run(work('e'));
    assert.deepEqual(ran, ['a', 'd', 'e']);
});

test('a start that fails holds nobody up', async () => {
    const queue = new Queue();
    const failing = queue.run(async () => {
        throw new Error('no');
    });
    const next = queue.run(async () => undefined);
    await assert.rejects(failing);
    await next;
});
