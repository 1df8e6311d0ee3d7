// A simulation whose nodes are real packages: owner of the virtual time of its thread, and the loop that runs it.
// Invariant: after each event next-ticks and microtasks are drained before the next one, so that "the node whose event
// it is" says whose timers, draws and errors they are; no asynchronous context has to be followed.
import { AsyncLocalStorage } from 'node:async_hooks';
import process from 'node:process';
import { opaque } from '../sim/census/opaque.ts';
import { readClock, TRUE_CLOCK } from '../sim/network/clocks.ts';
import type { RandomStream } from '../sim/random/stream.ts';
import { Simulation } from '../sim/simulation.ts';
import type { RunOutcome } from '../sim/simulation.ts';
import { withinMs } from './deadline.ts';
import { describeThrown, EvidenceBook, framesOf } from './evidence.ts';
import type { EvidenceKind } from './evidence.ts';
import { HostError } from './host-error.ts';
import { HostedNode } from './hosted-node.ts';
import { panicOf, stackHere } from './panics.ts';
import { loadedTimers, real, thread } from './thread.ts';
import { installVirtualTime } from './virtual-time.ts';
import type { VirtualTimer } from './virtual-timers.ts';

/**
 * How an event is drained: by one real immediate per event, which is documented, or by `process._tickCallback()`, which
 * is not, and faster. Both give the same digest.
 */
export type Drain = 'immediate' | 'tick';

/** Settings of a hosted simulation. */
export interface HostOptions {
  /** Root seed; any string. */
  readonly seed: string;
  /** What `Date.now()` shows at virtual time 0, in milliseconds; default the beginning of 2025, UTC. */
  readonly epochMs?: number;
  /** Default `tick` where this Node has it, else `immediate`. */
  readonly drain?: Drain;
  /**
   * Follow asynchronous contexts as well, and record as `strayed` each timer and draw whose context is not its owner's:
   * it finds effects between nodes that are no event. Slower; default false.
   */
  readonly verifyOwners?: boolean;
}

/** When {@link HostedSimulation.run} must return, whichever comes first. */
export interface HostedBudget {
  /** Most events to handle; default unlimited. */
  readonly maxEvents?: number;
  /** Asked every 1,024 events; true ends the run. */
  readonly expired?: () => boolean;
}

/** Why a run returned; `exit-called` when the target asked to end the process. */
export type HostedOutcome = RunOutcome | 'exit-called';

const DEFAULT_EPOCH_MS = 1_735_689_600_000;
/** Age of the process at virtual time 0, in milliseconds: nobody who looks at `performance.now()` ever sees 0. */
const BOOT_MS = 1000;
/** Looks at the clock within one event after which it is taken to be waiting for the clock to move. */
const MOST_CLOCK_READS = 10_000_000;
/** Events between two looks at the budget, and two turns of the real event loop. */
const SLICE_EVENTS = 1024;

/** Who hosts a simulation. */
const hosts = new WeakMap<Simulation, HostedSimulation>();

/** The host of a simulation, if it has one. */
export function hostOf(simulation: Simulation): HostedSimulation | undefined {
  return hosts.get(simulation);
}

const tickCallback = (process as { _tickCallback?: () => void })._tickCallback;

/** One hosted simulation; at most one is installed per thread. */
export class HostedSimulation {
  readonly simulation: Simulation;
  readonly evidence = new EvidenceBook();
  readonly epochMs: number;
  readonly bootMs = BOOT_MS;
  readonly drain: Drain;
  /** The node whose event goes on; undefined for code that no node runs, such as a module that is being imported. */
  owner: HostedNode | undefined = undefined;
  /** True while an event of the target goes on. */
  inside = false;
  /** Timers that were turned to numbers. */
  readonly timersById = new Map<number, VirtualTimer>();
  nextTimerId = 1;
  /** What layers above it replaced, each with what puts it back: {@link close} does so first, the last first. */
  readonly layers: (() => void)[] = [];
  /** Where the timers that are set now are noted, while a module is imported for many runs. */
  loading: VirtualTimer[] | undefined = undefined;
  /**
   * Written at each event, for a watchdog outside: virtual microseconds, index of the peer (-1 for none), events, turns
   * of the loop.
   */
  pulse: Float64Array | undefined = undefined;

  private readonly unowned: RandomStream;
  private readonly context: AsyncLocalStorage<HostedNode | undefined> | undefined;
  private uninstall: (() => void) | undefined = undefined;
  private closed = false;
  private looping = false;
  private betweenEvents = false;
  private exitCalled = false;
  private drainsHere = false;
  private clockReads = 0;

  /**
   * @param simulation - What it runs on; default one of its own, from the seed. One that is given keeps its own seed.
   */
  constructor(options: HostOptions, simulation = new Simulation({ seed: options.seed })) {
    this.simulation = simulation;
    hosts.set(simulation, this);
    this.epochMs = options.epochMs ?? DEFAULT_EPOCH_MS;
    this.drain = options.drain ?? (tickCallback === undefined ? 'immediate' : 'tick');
    if (this.drain === 'tick' && tickCallback === undefined) {
      throw new HostError(
        'no-ticks',
        `drain 'tick' needs process._tickCallback, which this Node has not; take 'immediate'`,
      );
    }
    this.unowned = this.simulation.streams.stream('hosted');
    this.context = options.verifyOwners === true ? new AsyncLocalStorage() : undefined;
  }

  /**
   * Puts the thread on virtual time; to be done before the target is imported.
   *
   * @throws {HostError} `already-hosted` while another simulation is installed in this thread, `closed` after
   * {@link close}.
   */
  install(): void {
    if (thread.host !== undefined) {
      throw new HostError('already-hosted', 'this thread hosts a simulation already; close it, or take another worker');
    }
    if (this.closed) throw new HostError('closed', 'the hosted simulation was closed, expected a new one');
    this.uninstall = installVirtualTime(this);
    for (const timer of loadedTimers) timer.revive(this);
  }

  /** A census never walks into the host. */
  get [opaque](): boolean {
    return true;
  }

  /** True between {@link install} and {@link close}. */
  get installed(): boolean {
    return this.uninstall !== undefined;
  }

  /** Puts everything back. Timers that are left never fire. Does nothing when nothing is installed. */
  close(): void {
    for (let undo = this.layers.pop(); undo !== undefined; undo = this.layers.pop()) undo();
    this.uninstall?.();
    this.uninstall = undefined;
    this.closed = true;
    this.owner = undefined;
    this.inside = false;
    this.timersById.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Imports a target on virtual time. Its timers belong to no node, and fire once the simulation runs.
   *
   * @param url - Absolute URL or specifier, as the host's own modules would resolve it.
   * @param timeoutMs - Real milliseconds to wait; default 30,000.
   * @throws {HostError} `not-installed`; `import-failed` with the cause; `load-timeout` when a top-level await of the
   * target does not settle: virtual time stands still meanwhile.
   */
  async load(url: string, timeoutMs = 30_000): Promise<Record<string, unknown>> {
    this.mustBeInstalled();
    try {
      // oxlint-disable-next-line import/no-dynamic-require -- what is hosted is the caller's choice
      return await withinMs(import(url) as Promise<Record<string, unknown>>, timeoutMs, `the import of ${url}`);
    } catch (error) {
      if (error instanceof HostError && error.code === 'load-timeout') throw error;
      throw new HostError('import-failed', `${url} cannot be imported: ${describeThrown(error).what}`, { url }, error);
    }
  }

  /**
   * Handles events in order, each drained before the next, to `untilUs` (included), in microseconds; then tells by
   * evidence what has not settled.
   *
   * @throws {HostError} `not-installed`; `run-in-run` while a run goes on; `not-drained` when this Node drains nothing.
   * @throws {SimulationError} `time-in-past`, `bad-time`.
   */
  async run(untilUs: number, budget: HostedBudget = {}): Promise<HostedOutcome> {
    const outcome = await this.advance(untilUs, budget);
    for (const { node, what, sinceUs } of this.unsettled()) {
      this.evidence.note('unsettled', `${what} of ${String(node.peer)}`, node, sinceUs, '');
    }
    return outcome;
  }

  /** {@link run} for a part of a run: what has not settled is not told. */
  async advance(untilUs: number, budget: HostedBudget = {}): Promise<HostedOutcome> {
    this.mustBeInstalled();
    if (this.looping) throw new HostError('run-in-run', 'the hosted simulation runs already; await that run first');
    this.looping = true;
    try {
      let { maxEvents = Infinity } = budget;
      return await new Promise<HostedOutcome>((resolve, reject) => {
        const slice = (): void => {
          try {
            const before = this.simulation.eventCount;
            const reached = this.runSlice(untilUs, { ...budget, maxEvents });
            maxEvents -= this.simulation.eventCount - before;
            if (reached === undefined) real.setImmediate(slice);
            else resolve(reached);
          } catch (error) {
            // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever was thrown is passed on
            reject(error);
          }
        };
        // Events run in a task of the real loop: what drains them works there alone, and in one order only there.
        real.setImmediate(slice);
      });
    } finally {
      this.leave();
      this.betweenEvents = false;
      this.looping = false;
    }
  }

  /** What running nodes were asked for and has not ended, in the order of their slots. */
  unsettled(): { node: HostedNode; what: string; sinceUs: number }[] {
    const found: { node: HostedNode; what: string; sinceUs: number }[] = [];
    for (const node of this.simulation.running()) {
      if (!(node instanceof HostedNode)) continue;
      for (const { what, sinceUs } of node.pending) found.push({ node, what, sinceUs });
    }
    return found;
  }

  /** The stream for draws of the code at hand. */
  get random(): RandomStream {
    this.checkOwner('a random draw');
    return this.owner?.random ?? this.unowned;
  }

  /** What `Date` shows the code at hand, in microseconds since 1970. */
  readDateUs(): number {
    this.countRead();
    return this.epochMs * 1000 + readClock(this.owner?.clock ?? TRUE_CLOCK, this.simulation.nowUs);
  }

  /** What monotonic clocks show the code at hand, in microseconds since its process began. */
  readMonotonicUs(): number {
    this.countRead();
    const clock = this.owner?.clock ?? TRUE_CLOCK;
    return this.bootMs * 1000 + readClock(clock, this.simulation.nowUs) - clock.skewUs;
  }

  /** An event of `owner` begins; for {@link HostedNode}. */
  begin(owner: HostedNode | undefined): void {
    this.owner = owner;
    this.inside = true;
    this.betweenEvents = false;
    this.clockReads = 0;
    this.context?.enterWith(owner);
    if (this.pulse === undefined) return;
    this.pulse[0] = this.simulation.nowUs;
    this.pulse[1] = owner?.peer.index ?? -1;
    this.pulse[2]!++;
  }

  /** The handler of an event returned; for {@link HostedNode}. Drains it when somebody else runs the simulation. */
  handled(): void {
    if (this.looping) return;
    if (this.drain !== 'tick' || this.uninstall === undefined) {
      throw new HostError(
        'not-drained',
        "hosted nodes ran outside HostedSimulation.run, expected an installed host and drain 'tick'",
      );
    }
    if (!this.drainsHere) mustDrain();
    this.drainsHere = true;
    drainTicks();
    this.leave();
    if (this.exitCalled) throw new HostError('exit-called', 'the target asked to end the process');
  }

  /** Runs a timer that no node owns. */
  runUnowned(timer: VirtualTimer): void {
    this.begin(undefined);
    try {
      timer.fire();
    } catch (error) {
      this.thrown(error);
    }
    this.handled();
  }

  /** Records what nobody caught. */
  thrown(error: unknown): void {
    this.noteError('thrown', error);
  }

  /** Records a rejection that nobody handled. */
  rejected(error: unknown): void {
    this.noteError('rejected', error);
  }

  /** Records a call that cannot be hosted, which throws `error` into the target. */
  refused(what: string, stack: string): void {
    this.note('refused', what, stack);
  }

  /** Records that the target asked to end the process; the run ends with the event at hand. */
  exited(call: string, stack: string): void {
    this.exitCalled = true;
    this.note('exit', call, stack);
  }

  /** Records a timer that code asked for after its node had ended. */
  leftover(kind: string): void {
    this.note('leftover', kind, stackHere());
  }

  /** Records what is counted for the wrong node, as far as that can be told. */
  checkOwner(what: string): void {
    const { context, owner } = this;
    if (this.betweenEvents) this.stray(`${what} outside any event`);
    else if (context !== undefined && this.inside && context.getStore() !== owner) {
      this.stray(`${what} by ${context.getStore() === undefined ? 'no node' : 'another node'} in a node's event`);
    }
  }

  /** One phrase for messages: the node whose code it is, and the virtual time. */
  whenAndWho(): string {
    const seconds = this.simulation.nowUs / 1e6;
    return this.owner === undefined
      ? `outside any node at ${seconds} s`
      : `by ${String(this.owner.peer)} at ${seconds} s`;
  }

  private runSlice(untilUs: number, { expired, maxEvents = Infinity }: HostedBudget): HostedOutcome | undefined {
    const inTicks = this.drain === 'tick';
    const one = { untilUs, maxEvents: 1 };
    if (this.pulse !== undefined) this.pulse[3]!++;
    if (inTicks) mustDrain();
    for (let left = Math.min(maxEvents, inTicks ? SLICE_EVENTS : 1); left > 0; left--) {
      this.leave();
      if (this.exitCalled) return 'exit-called';
      if (this.simulation.run(one) === 'reached') return 'reached';
      if (inTicks) drainTicks();
    }
    if (inTicks) {
      this.leave();
      this.betweenEvents = true;
    }
    if ((inTicks || this.simulation.eventCount % SLICE_EVENTS === 0) && expired?.() === true) return 'expired';
    return maxEvents <= (inTicks ? SLICE_EVENTS : 1) ? 'events-spent' : undefined;
  }

  /** The event at hand is drained. */
  private leave(): void {
    const { owner } = this;
    if (owner?.running === true) owner.drained();
    this.owner = undefined;
    this.inside = false;
    this.betweenEvents = false;
    this.context?.enterWith(undefined);
  }

  private countRead(): void {
    if (!this.inside || ++this.clockReads <= MOST_CLOCK_READS) return;
    this.clockReads = 0;
    const what = `clock read ${MOST_CLOCK_READS} times in one event, in which it stands still`;
    const error = new HostError('clock-spin', `${what}, ${this.whenAndWho()}`);
    this.refused(what, framesOf(error.stack ?? ''));
    throw error;
  }

  private noteError(kind: 'thrown' | 'rejected', error: unknown): void {
    // Recorded when it was thrown into the target.
    if (error instanceof HostError) return;
    const { what, stack } = describeThrown(error);
    this.note(kind, what, stack);
  }

  private stray(what: string): void {
    this.note('strayed', what, stackHere());
  }

  private note(kind: EvidenceKind, what: string, stack: string): void {
    const { owner, simulation } = this;
    this.evidence.note(kind, what, owner, simulation.nowUs, stack);
    const who = owner === undefined ? 'no node' : String(owner.peer);
    const panic = panicOf(kind, what, { owner: who, atUs: simulation.nowUs, stack });
    if (panic !== undefined) simulation.tasks.noted(panic);
  }

  /** @throws {HostError} `not-installed`. */
  mustBeInstalled(): void {
    if (this.uninstall !== undefined) return;
    throw new HostError('not-installed', 'virtual time is not installed; call install() before the target is imported');
  }
}

function drainTicks(): void {
  tickCallback!.call(process);
}

/** Nothing drains inside a microtask, and nothing would tell: so it is tried. */
function mustDrain(): void {
  let drained = false;
  real.queueMicrotask(() => {
    drained = true;
  });
  drainTicks();
  if (!drained)
    throw new HostError('not-drained', "process._tickCallback drains no microtasks here; take drain 'immediate'");
}
