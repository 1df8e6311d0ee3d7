// A process that runs scenarios on gated modules, with one line left out at a time: what turns red, and what is reached.
// Invariant: it judges with every property there is; between two runs nothing but compiled code is left.
import { judgeSoak } from '../../properties/soak/judge.ts';
import { parseScenario, resolveScenario } from '../../properties/soak/scenario.ts';
import { MUTATION_SCENARIOS } from './mutation-scenarios.ts';
import { serveJobs } from './processes.ts';

/** Name of the global function that gated modules ask; see `gated`. */
export const GATE = '__quicksoakIsDone';

/** What to run. */
export interface MutantJob {
  /** Place in {@link MUTATION_SCENARIOS}. */
  readonly scenario: number;
  /** Number of the line that is left out; default none. */
  readonly without?: number;
  /** Most events; a run that needs more has run away. Default unlimited. */
  readonly maxEvents?: number;
}

/** What one scenario showed. */
export interface MutantRun {
  readonly kind: 'green' | 'red' | 'threw' | 'ran-away';
  /** Properties that broke, or what was thrown; in few words. */
  readonly what: string;
  readonly digest: string;
  readonly eventCount: number;
  /** Numbers of the lines that were reached. */
  readonly reached: readonly number[];
}

const reached = new Set<number>();
let leftOut: number | undefined = undefined;
const isDone = (line: number): boolean => {
  reached.add(line);
  return line !== leftOut;
};
Object.assign(globalThis, { [GATE]: isDone });

if (process.argv.includes('--serve')) serveJobs(runScenario);

function runScenario({ scenario: place, without, maxEvents = Infinity }: MutantJob): MutantRun {
  reached.clear();
  leftOut = without;
  const { name, scenario } = MUTATION_SCENARIOS[place]!;
  const told = (kind: MutantRun['kind'], what: string, digest = '', eventCount = 0): MutantRun => {
    return { kind, what, digest, eventCount, reached: [...reached] };
  };
  try {
    const soak = resolveScenario(parseScenario(scenario, name));
    const { record, verdicts } = judgeSoak(soak, { twice: false, maxEvents });
    const broken = verdicts.filter(({ ok }) => !ok).map((verdict) => verdict.name);
    if (broken.length > 0) return told('red', broken.join(', '), record.digest, record.eventCount);
    if (record.cutShort !== undefined) return told('ran-away', `${record.eventCount} events`);
    return told('green', '', record.digest, record.eventCount);
  } catch (error) {
    return told('threw', String(error).split('\n')[0]!);
  }
}
