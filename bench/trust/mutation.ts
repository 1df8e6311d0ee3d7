// The mutation check: takes away one clean-up line of the stack at a time, and looks whether a property turns red.
// Invariant: a mutant survives only if it was tried with every scenario that reaches it.
import { dirname, join } from 'node:path';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gated } from './clean-up-lines.ts';
import type { Equivalent } from './equivalent.ts';
import { EQUIVALENTS } from './equivalents.ts';
import { GATE } from './mutant-run.ts';
import type { MutantJob, MutantRun } from './mutant-run.ts';
import { mutantsOf, stackModules } from './mutants.ts';
import type { Mutant, StackModule } from './mutants.ts';
import { MUTATION_SCENARIOS } from './mutation-scenarios.ts';
import type { Lane, Outcome } from './processes.ts';
import { Workshop } from './workshop.ts';
import type { ChangedModule } from './workshop.ts';

/** A mutant may need this many times the events of the run without it, and some more, before it has run away. */
const EVENTS_FACTOR = 4;
const EVENTS_MORE = 100_000;

/** What came of a mutant. */
export interface MutantVerdict {
  readonly mutant: Mutant;
  /**
   * `caught`: a property turned red. `crashed`: the model threw, ran away or hung, which is told apart. `survived`:
   * green in every scenario that reaches it. `unreached`: no scenario reaches it.
   */
  readonly kind: 'caught' | 'crashed' | 'survived' | 'unreached';
  /** Name of the scenario that showed it; empty for one that survived. */
  readonly scenario: string;
  /** Properties that broke, or how it crashed; for a survivor whether any run differed. */
  readonly what: string;
  /** Why it may survive; undefined for a line that may not. */
  readonly allowed: Equivalent | undefined;
}

/** What each scenario shows without a mutation. */
interface Baseline {
  /** By place of the scenario. */
  readonly digests: readonly string[];
  readonly eventCounts: readonly number[];
  /** Places of the scenarios that reach each mutant, by its index. */
  readonly reaching: readonly (readonly number[])[];
}

/** The stack, whose lines can be left out one at a time. To be closed. */
export class MutationCheck {
  readonly mutants: readonly Mutant[];
  private readonly workshop: Workshop;
  private readonly scenarios: readonly number[];
  private readonly lanes: Lane<MutantJob, MutantRun>[] = [];
  private baseline: Baseline | undefined = undefined;

  /**
   * @param scenarios - Places of the scenarios to try mutants with; default all.
   * @param root - The compiled root; default that of this file.
   */
  constructor(scenarios: readonly number[] = [...MUTATION_SCENARIOS.keys()], root = compiledRoot()) {
    this.scenarios = scenarios;
    const modules = stackModules(root);
    this.mutants = mutantsOf(root, modules);
    this.workshop = new Workshop(root, packagesOf(root), gatedModules(modules));
  }

  /** The lines that may be taken away and are not there any more. */
  get strayEquivalents(): readonly Equivalent[] {
    return EQUIVALENTS.filter((entry) => !this.mutants.some((mutant) => isOf(entry, mutant)));
  }

  /**
   * Tries mutants.
   *
   * @param count - Processes.
   * @param onVerdict - Told of each as it is over, in no particular order.
   * @throws {Error} When a scenario is not green without a mutation.
   */
  async run(mutants: readonly Mutant[], count: number, onVerdict: (verdict: MutantVerdict) => void): Promise<void> {
    while (this.lanes.length < count) this.lanes.push(this.workshop.newLane());
    this.baseline ??= await this.measure();
    const { baseline } = this;
    await this.share(mutants, async (mutant, lane) => onVerdict(await verdictOn(mutant, lane, baseline)));
  }

  /** Ends every process and takes the copy away. */
  close(): void {
    this.workshop.close();
  }

  private async measure(): Promise<Baseline> {
    const digests: string[] = [];
    const eventCounts: number[] = [];
    const reaching: number[][] = this.mutants.map(() => []);
    await this.share(this.scenarios, async (scenario, lane) => {
      const run = greenOf(await lane.run({ scenario }), scenario);
      digests[scenario] = run.digest;
      eventCounts[scenario] = run.eventCount;
      for (const index of run.reached) reaching[index]!.push(scenario);
    });
    return { digests, eventCounts, reaching: reaching.map((places) => places.toSorted((a, b) => a - b)) };
  }

  /** Does the work of each item in whichever lane is free. */
  private async share<Item>(
    items: readonly Item[],
    work: (item: Item, lane: Lane<MutantJob, MutantRun>) => Promise<void>,
  ): Promise<void> {
    // One iterator for all, so that each item is taken once.
    const queue = items.values();
    const workOff = async (lane: Lane<MutantJob, MutantRun>): Promise<void> => {
      for (const item of queue) await work(item, lane);
    };
    await Promise.all(this.lanes.map((lane) => workOff(lane)));
  }
}

async function verdictOn(
  mutant: Mutant,
  lane: Lane<MutantJob, MutantRun>,
  { digests, eventCounts, reaching }: Baseline,
): Promise<MutantVerdict> {
  const allowed = allowanceOf(mutant);
  const told = (kind: MutantVerdict['kind'], what: string, place?: number): MutantVerdict => {
    const scenario = place === undefined ? '' : MUTATION_SCENARIOS[place]!.name;
    return { mutant, kind, scenario, what, allowed };
  };
  const scenarios = reaching[mutant.index]!;
  if (scenarios.length === 0) return told('unreached', 'no scenario reaches it');
  let differing = 0;
  for (const scenario of scenarios) {
    const maxEvents = EVENTS_FACTOR * eventCounts[scenario]! + EVENTS_MORE;
    const outcome = await lane.run({ scenario, without: mutant.index, maxEvents });
    if (outcome.kind === 'hung') return told('crashed', `hung: no result after ${outcome.afterMs / 1_000} s`, scenario);
    if (outcome.kind === 'died') return told('crashed', `died: ${outcome.message}`, scenario);
    const { kind, what, digest } = outcome.result;
    if (kind === 'red') return told('caught', what, scenario);
    if (kind !== 'green') return told('crashed', `${kind}: ${what}`, scenario);
    if (digest !== digests[scenario]) differing++;
  }
  return told('survived', `${differing} of ${scenarios.length} runs differ`);
}

/** Why a mutant may survive; undefined when it may not. */
export function allowanceOf(mutant: Mutant): Equivalent | undefined {
  return EQUIVALENTS.find((entry) => isOf(entry, mutant));
}

function gatedModules(modules: readonly StackModule[]): ChangedModule[] {
  let first = 0;
  return modules.map(({ file, source, lines }) => {
    const changed = { file, source: gated(source, lines, first, GATE) };
    first += lines.length;
    return changed;
  });
}

function greenOf(outcome: Outcome<MutantRun>, place: number): MutantRun {
  if (outcome.kind === 'done' && outcome.result.kind === 'green') return outcome.result;
  const shown = outcome.kind === 'done' ? outcome.result.what : JSON.stringify(outcome);
  throw new Error(`without a mutation "${MUTATION_SCENARIOS[place]!.name}" is not green: ${shown}`);
}

function isOf({ file, within, text, nth }: Equivalent, mutant: Mutant): boolean {
  if (nth !== undefined && nth !== mutant.nth) return false;
  return file === mutant.file && within === mutant.line.within && text === mutant.line.text;
}

function compiledRoot(): string {
  return fileURLToPath(new URL('../..', import.meta.url));
}

/** The nearest `node_modules` above the compiled root. */
function packagesOf(root: string): string {
  let folder = dirname(root);
  while (!existsSync(join(folder, 'node_modules')) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, 'node_modules');
}
