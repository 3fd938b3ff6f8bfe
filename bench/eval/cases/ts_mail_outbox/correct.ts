export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly body: string;
}

/** Hands a mail to the server and resolves to the id that it got there. */
export type Transport = (mail: Mail) => Promise<string>;

export interface OutboxReport {
  readonly sent: number;
  readonly postponed: number;
  readonly givenUp: readonly Mail[];
}

interface Entry {
  readonly mail: Mail;
  /** How often sending the mail has failed. */
  readonly failures: number;
}

const MAX_FAILURES = 5;

function isAddress(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text);
}

/** Splits a list into parts of at most `size` items. */
function inParts<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < items.length; start += size) {
    parts.push(items.slice(start, start + size));
  }
  return parts;
}

/** Keeps mails until the server has taken them. */
export class MailOutbox {
  private entries: Entry[] = [];

  /** @param parallel How many mails may be under way at the same time, at least 1. */
  constructor(
    private readonly transport: Transport,
    private readonly parallel = 4,
  ) {
    if (!Number.isInteger(parallel) || parallel < 1) {
      throw new RangeError(`parallel must be a positive integer, not ${parallel}`);
    }
  }

  get size(): number {
    return this.entries.length;
  }

  add(mail: Mail): void {
    if (!isAddress(mail.to)) {
      throw new TypeError(`"${mail.to}" is not a mail address`);
    }
    this.entries.push({ mail, failures: 0 });
  }

  /**
   * Tries to send every mail that is in the outbox at the time of the call. A mail that the server
   * does not take stays for the next flush, up to its fifth failure.
   */
  async flush(): Promise<OutboxReport> {
    const entries = this.entries;
    this.entries = [];
    const failed: Entry[] = [];
    for (const part of inParts(entries, this.parallel)) {
      failed.push(...(await this.sendPart(part)));
    }
    const postponed = failed.filter((entry) => entry.failures < MAX_FAILURES);
    const givenUp = failed.filter((entry) => entry.failures >= MAX_FAILURES);
    this.entries.unshift(...postponed);
    return {
      sent: entries.length - failed.length,
      postponed: postponed.length,
      givenUp: givenUp.map((entry) => entry.mail),
    };
  }

  /** Sends mails at the same time; returns those that failed, with the failure counted. Never rejects. */
  private async sendPart(part: readonly Entry[]): Promise<Entry[]> {
    const outcomes = await Promise.allSettled(part.map(async ({ mail }) => this.transport(mail)));
    return part
      .filter((_, index) => outcomes[index]?.status === "rejected")
      .map(({ mail, failures }) => ({ mail, failures: failures + 1 }));
  }
}
