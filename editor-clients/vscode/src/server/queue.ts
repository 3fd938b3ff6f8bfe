/** One start or stop after the other: what is asked while one runs comes behind it, and only the last of them. */

type Work = () => Promise<void>;

interface Waiting {
    promise: Promise<void>;
    resolve: () => void;
    reject: (error: unknown) => void;
}

export class Queue {
    private running = false;
    private next: { work: Work; waiting: Waiting } | undefined;

    /** Resolves, or rejects with its error, when this work, or a later one that took its place, is done. */
    run(work: Work): Promise<void> {
        const waiting = this.next?.waiting ?? pending();
        this.next = { work, waiting };
        if (!this.running) {
            this.running = true;
            void this.loop();
        }
        return waiting.promise;
    }

    private async loop(): Promise<void> {
        while (this.next) {
            const { work, waiting } = this.next;
            this.next = undefined;
            await work().then(waiting.resolve, waiting.reject);
        }
        this.running = false;
    }
}

// Promise.withResolvers is not in the Node of the oldest VS Code that we run in.
function pending(): Waiting {
    let resolve = (): void => undefined;
    let reject: (error: unknown) => void = () => undefined;
    const promise = new Promise<void>((yes, no) => {
        resolve = yes;
        reject = no;
    });
    return { promise, resolve, reject };
}
