// The desk: what is set up, what runs, and how the address follows; everything that a person's hands do goes through it.
// Invariant: the address always says what is on the page, and going back in the browser brings back what was.
import { effect, signal } from '@preact/signals';
import type { ScenarioInput } from '../../properties/soak/scenario.ts';
import type { RunData } from '../../properties/view/run-data.ts';
import { createExploration, moveCursor } from '../run/exploration.ts';
import type { Exploration } from '../run/exploration.ts';
import type { RunView } from '../run/run-view.ts';
import { finishedRun, liveRun } from '../run/worker-run.ts';
import type { StartWorker } from '../run/worker-run.ts';
import { NO_ADDRESS, readAddress, writeAddress } from './address.ts';
import type { Address } from './address.ts';
import { baseOf, kindOf, scenarioOf } from './setup.ts';
import type { Setup } from './setup.ts';

/** The scenario that a page without an address offers. */
export const FIRST_SETUP: Setup = { base: 'stuck-loops', seed: '1' };

/** See the file's head. */
export class Desk {
  readonly exploration: Exploration = createExploration();
  /** What is set up, one or two. */
  readonly setups = signal<readonly Setup[]>([]);
  /** One sentence about an address or a set-up that cannot be taken. */
  readonly mistake = signal<string | undefined>(undefined);
  /** True for a page that came with its runs. */
  readonly isReport = signal(false);
  private readonly startWorker: StartWorker;
  private readonly tool: string;
  private stopFollowing: (() => void) | undefined = undefined;

  constructor(startWorker: StartWorker, tool: string) {
    this.startWorker = startWorker;
    this.tool = tool;
  }

  /** Shows runs that came with the page. */
  showFinished(runs: readonly RunData[]): void {
    this.isReport.value = true;
    this.setups.value = runs.map(({ token, scenario }) => ({ base: token ?? JSON.stringify(scenario) }));
    this.replaceRuns(runs.map((data) => finishedRun(data, this.startWorker)));
    const { cursorUs, following } = this.exploration;
    cursorUs.value = Math.max(0, ...runs.map(({ reachedUs }) => reachedUs));
    following.value = false;
  }

  /** Runs what the address says, now and whenever it is changed by hand or by going back; a report has its runs. */
  followAddress(): void {
    const take = (): void => {
      this.try(() => {
        const address = readAddress(location.hash);
        if (address.runs.length > 0) this.start(address.runs, address);
      });
    };
    addEventListener('hashchange', take);
    if (!this.isReport.value) take();
    effect(() => {
      if (this.isReport.value) return;
      const { cursorUs, peer, following } = this.exploration;
      const runs = this.setups.value.map((setup, place) => this.withToken(setup, place));
      const atUs = following.value ? undefined : cursorUs.value;
      if (runs.length > 0) this.writeSoon({ runs, atUs, peer: peer.value });
    });
  }

  /** Runs one set-up, or two side by side. */
  start(setups: readonly Setup[], { atUs, peer }: Pick<Address, 'atUs' | 'peer'> = NO_ADDRESS): void {
    this.mistake.value = undefined;
    this.try(() => {
      const scenarios = setups.map((setup) => ({ scenario: scenarioOf(setup), where: whereOf(setup) }));
      this.isReport.value = false;
      this.setups.value = setups;
      this.replaceRuns(scenarios.map(({ scenario, where }) => liveRun(scenario, where, this.tool, this.startWorker)));
      const { cursorUs, following, peer: selected, eventNumber, playing, property, window } = this.exploration;
      cursorUs.value = 0;
      following.value = atUs === undefined;
      selected.value = peer;
      eventNumber.value = undefined;
      playing.value = false;
      property.value = undefined;
      window.value = undefined;
      this.follow(atUs);
    });
  }

  /** While the cursor follows a run, it stands where the run has come to; one that was asked for is taken when it is reached. */
  private follow(atUs: number | undefined): void {
    this.stopFollowing?.();
    let wanted = atUs;
    this.stopFollowing = effect(() => {
      const { runs, following, cursorUs } = this.exploration;
      const reached = runs.value.map(({ data }) => data.value?.reachedUs ?? 0);
      const reachedUs = Math.max(0, ...reached);
      if (following.value) cursorUs.value = reachedUs;
      else if (wanted !== undefined) {
        const over = runs.value.every(({ phase }) => phase.value === 'done' || phase.value === 'failed');
        if (reachedUs < wanted && !over) return;
        const target = wanted;
        wanted = undefined;
        queueMicrotask(() => moveCursor(this.exploration, target));
      }
    });
  }

  private replaceRuns(runs: readonly RunView[]): void {
    for (const run of this.exploration.runs.peek()) run.close();
    this.exploration.runs.value = runs;
  }

  /** Once a run is over, its token says all there is to it; a token holds what the names in this version stand for. */
  private withToken(setup: Setup, place: number): Setup {
    const data = this.exploration.runs.value[place]?.data.value;
    return data?.token === undefined ? setup : { base: data.token };
  }

  private timer: ReturnType<typeof setTimeout> | undefined = undefined;

  /** Browsers refuse an address that changes too often. */
  private writeSoon(address: Address): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      history.replaceState(null, '', `#${writeAddress(address)}`);
    }, 300);
  }

  private try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.mistake.value = error instanceof Error ? error.message : String(error);
    }
  }
}

/** The base scenario of a set-up, or nothing when its base is unknown. */
export function knownBase({ base }: Setup): ScenarioInput | undefined {
  try {
    return baseOf(base);
  } catch {
    return undefined;
  }
}

function whereOf({ base }: Setup): string {
  return { token: 'token', json: 'scenario of the address', name: `scenario ${base}` }[kindOf(base)];
}
