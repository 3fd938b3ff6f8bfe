export interface Flag {
  readonly key: string;
  /** The main switch: while it is off, nobody has the feature. */
  readonly active: boolean;
  /** The share of users who have the feature, a whole number from 0 to 100. */
  readonly percentage: number;
  /** Users who have the feature whatever the percentage. */
  readonly testers: readonly string[];
}

export interface FlagEvent {
  readonly key: string;
  readonly userId: string;
  readonly enabled: boolean;
}

const BUCKETS = 100;

/** A number from 0 to 99 that looks random, but is always the same for the same text (FNV-1a). */
export function bucketOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0) % BUCKETS;
}

/** Whether a user has the feature of a flag. A user who has it keeps it when the percentage is raised. */
function isInRollout(flag: Flag, userId: string): boolean {
  if (!flag.active) {
    return false;
  }
  return flag.testers.includes(userId) || bucketOf(`${flag.key}:${userId}`) < flag.percentage;
}

/** Answers which features a user has, from the flags that were loaded last. */
export class FeatureRollout {
  private flags = new Map<string, Flag>();

  constructor(private readonly report: (event: FlagEvent) => void = () => {}) {}

  /** Replaces all flags. Throws RangeError, without changing any, if a percentage is not valid. */
  load(flags: Iterable<Flag>): void {
    const loaded = new Map<string, Flag>();
    for (const flag of flags) {
      if (!Number.isInteger(flag.percentage) || flag.percentage < 0 || flag.percentage > 100) {
        throw new RangeError(`${flag.key}: the percentage is ${flag.percentage}`);
      }
      loaded.set(flag.key, flag);
    }
    this.flags = loaded;
  }

  /**
   * Whether a user has a feature. A flag that is not known (not loaded yet, or removed from the
   * service) counts as off unless the caller asks for something else by `fallback`.
   */
  isEnabled(key: string, userId: string, fallback = false): boolean {
    const flag = this.flags.get(key);
    if (flag === undefined) {
      return fallback;
    }
    const enabled = isInRollout(flag, userId);
    this.report({ key, userId, enabled });
    return enabled;
  }

  /** The keys of all features a user has, in alphabetical order. */
  enabledFor(userId: string): string[] {
    return [...this.flags.values()]
      .filter((flag) => isInRollout(flag, userId))
      .map((flag) => flag.key)
      .sort();
  }

  /** Switches a flag off at once, until the flags are loaded again. Returns false if it is not known. */
  kill(key: string): boolean {
    const flag = this.flags.get(key);
    if (flag === undefined) {
      return false;
    }
    this.flags.set(key, { ...flag, active: false });
    return true;
  }
}
