/** Suggestions shown and accepted, by day, as values. */

export interface Day {
    shown: number;
    accepted: number;
}

export type Days = Record<string, Day>;

/** A year: who wants to know more keeps no such thing in an editor. */
const KEPT_DAYS = 366;

/** The days with what has come since the last look; a server that began anew counts from nothing. */
export function added(days: Days, today: string, before: Day, now: Day): Days {
    const anew = now.shown < before.shown || now.accepted < before.accepted;
    const shown = now.shown - (anew ? 0 : before.shown);
    const accepted = now.accepted - (anew ? 0 : before.accepted);
    if (!shown && !accepted) {
        return days;
    }
    const day = days[today] ?? { shown: 0, accepted: 0 };
    const all = { ...days, [today]: { shown: day.shown + shown, accepted: day.accepted + accepted } };
    const kept = Object.keys(all).sort().slice(-KEPT_DAYS);
    return Object.fromEntries(kept.map((name) => [name, all[name] ?? day]));
}

/** The sum of the last days, today included. */
export function since(days: Days, today: Date, count: number): Day {
    const first = dayOf(new Date(today.getTime() - (count - 1) * 86_400_000));
    return Object.entries(days)
        .filter(([name]) => name >= first)
        .reduce((sum, [, day]) => ({ shown: sum.shown + day.shown, accepted: sum.accepted + day.accepted }), {
            shown: 0,
            accepted: 0,
        });
}

/** Year, month and day of the machine's own clock. */
export function dayOf(date: Date): string {
    const two = (value: number): string => String(value).padStart(2, '0');
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
