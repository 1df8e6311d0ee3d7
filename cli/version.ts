// The version of the package that runs.
import { readFileSync } from 'node:fs';

/** Version as package.json has it. */
export const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
