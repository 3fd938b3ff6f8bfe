/** One start or stop after the other: what is asked while one runs comes behind it, and only the last of them. */

export class Queue {
    private running: Promise<void> | undefined;
    private next: { work: () => Promise<void>; done: Promise<void>; settle: () => void } | undefined;

    /** Resolves when this, or a later one that took its place, is done. Errors are the work's own business. */
    run(work: () => Promise<void>): Promise<void> {
        if (!this.running) {
            this.running = this.loop(work);
            return this.running;
        }
        if (this.next) {
            this.next.work = work;
        } else {
            let settle = (): void => undefined;
            const done = new Promise<void>((resolve) => {
                settle = resolve;
            });
            this.next = { work, done, settle };
        }
        return this.next.done;
    }

    private async loop(first: () => Promise<void>): Promise<void> {
        let work: (() => Promise<void>) | undefined = first;
        let settle = (): void => undefined;
        while (work) {
            try {
                await work();
            } finally {
                settle();
                const waiting = this.next;
                this.next = undefined;
                work = waiting?.work;
                settle = waiting?.settle ?? ((): void => undefined);
                if (!work) {
                    this.running = undefined;
                }
            }
        }
    }
}
