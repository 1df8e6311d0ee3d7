// A workshop: a copy of the compiled project with some modules changed, and a process that runs scenarios on it.
// Invariant: the project itself is never changed, and nothing of the copy is left once it is closed.
import { cpSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MutantJob, MutantRun } from './mutant-run.ts';
import { Lane } from './processes.ts';

/** What the process imports. */
const FOLDERS = ['sim', 'models', 'properties', 'bench'];
/**
 * A scenario that takes longer, in real time, has hung. The longest takes two seconds on a machine of its own; one that is
 * merely slow must not count as caught.
 */
const HANG_MS = 300_000;
/** What a run leaves is garbage at once. */
const EXEC_ARGV = ['--max-semi-space-size=64'];

/** A module as it is to be in the copy. */
export interface ChangedModule {
  /** From the compiled root. */
  readonly file: string;
  readonly source: string;
}

/** See the file's head. */
export class Workshop {
  private readonly folder = mkdtempSync(join(tmpdir(), 'quicksoak-mutants-'));
  private readonly lanes: Lane<MutantJob, MutantRun>[] = [];

  /**
   * @param root - The compiled root.
   * @param packages - The `node_modules` that it imports from.
   */
  constructor(root: string, packages: string, changes: readonly ChangedModule[]) {
    const copy = join(this.folder, 'dist');
    for (const name of FOLDERS) cpSync(join(root, name), join(copy, name), { recursive: true, filter: isNeeded });
    for (const { file, source } of changes) writeFileSync(join(copy, file), source);
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module" }\n');
    symlinkSync(packages, join(this.folder, 'node_modules'), 'junction');
  }

  /** A process of its own that runs scenarios on the copy; it is replaced when it dies or hangs. */
  newLane(): Lane<MutantJob, MutantRun> {
    const script = join(this.folder, 'dist', 'bench', 'trust', 'mutant-run.js');
    const lane = new Lane<MutantJob, MutantRun>({ script, execArgv: EXEC_ARGV, hangMs: HANG_MS });
    this.lanes.push(lane);
    return lane;
  }

  /** Ends every process and takes the copy away. */
  close(): void {
    for (const lane of this.lanes) lane.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isNeeded(path: string): boolean {
  return statSync(path).isDirectory() || (path.endsWith('.js') && !path.includes('.test.'));
}
