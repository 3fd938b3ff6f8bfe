export interface Mailer {
  send(address: string, subject: string, text: string): Promise<void>;
}

export interface Watcher {
  address: string;
  muted: boolean;
}

/**
 * Tells all watchers that are not muted about a release. Resolves, after all mails have been
 * tried, to the addresses that could not be reached, in any order.
 */
export async function notifyWatchers(mailer: Mailer, watchers: Watcher[], version: string): Promise<string[]> {
  const failed: string[] = [];
  const recipients = watchers.filter((watcher) => !watcher.muted);
  const attempts = recipients.map(async ({ address }) => {
    try {
      await mailer.send(address, `Release ${version}`, `Version ${version} is available.`);
    } catch {
      failed.push(address);
    }
  });
  await Promise.all(attempts);
  return failed;
}
