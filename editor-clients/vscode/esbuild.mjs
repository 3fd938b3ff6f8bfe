/** Bundles the extension, and with `--tests` the tests that run inside the extension host. */

import { build } from 'esbuild';

const common = { bundle: true, platform: 'node', format: 'cjs', target: 'node20', external: ['vscode'], logLevel: 'warning' };
await build({ ...common, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js', minify: true, sourcemap: true });
if (process.argv.includes('--tests')) {
    await build({ ...common, entryPoints: ['test/host/index.ts'], outfile: 'dist/test/host.js' });
}
