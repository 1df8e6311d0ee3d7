// One node that runs tasks, for the tests of the task runtime.
// Invariant: `leftovers` is empty once every task has ended: no timer, no ledger entry, no task is left behind.
import { TRUE_CLOCK } from '../network/clocks.ts';
import type { NodeClock } from '../network/clocks.ts';
import { Ledger } from '../ledger/ledger.ts';
import { Simulation } from '../simulation.ts';
import type { NodeEnd } from '../simulation.ts';
import type { TaskSite } from './account.ts';
import type { TaskBody, TaskOptions } from './future.ts';
import { TaskNode } from './task-node.ts';
import type { TaskHandle } from './task.ts';

/** A node that does nothing by itself. */
export class RigNode extends TaskNode {
  /** What a message does. */
  onReceive: ((message: unknown) => void) | undefined = undefined;

  override receive(_from: number, message: unknown): void {
    this.onReceive?.(message);
  }
}

/** The node, its simulation, and a log that bodies write to. */
export class Rig {
  readonly simulation: Simulation;
  readonly ledger: Ledger;
  readonly node: RigNode;
  readonly log: string[] = [];

  constructor(options: { seed?: string; clock?: NodeClock; simulation?: Simulation; peer?: number } = {}) {
    this.simulation = options.simulation ?? new Simulation({ seed: options.seed ?? 'rig' });
    this.ledger = this.simulation.ledger ?? new Ledger(this.simulation);
    this.simulation.ledger = this.ledger;
    this.node = new RigNode(this.simulation.streams.stream('rig'), options.clock ?? TRUE_CLOCK);
    this.simulation.attach(this.node, this.simulation.peers.intern(options.peer ?? 1));
  }

  get executor(): TaskNode['executor'] {
    return this.node.executor;
  }

  get nowUs(): number {
    return this.simulation.nowUs;
  }

  /** Writes to the log, with the time when it is not 0. */
  say(what: string): void {
    this.log.push(this.nowUs === 0 ? what : `${this.nowUs} ${what}`);
  }

  /** The log so far; empties it. */
  said(): string[] {
    return this.log.splice(0);
  }

  /** Spawns without a turn; {@link turn} or {@link runFor} gives it. */
  spawn<T>(site: string, body: TaskBody<T>, options?: TaskOptions): TaskHandle<T> {
    return this.executor.spawn(site, body, options);
  }

  /** Lets all ready tasks have their turns, at the present instant. */
  turn(): void {
    this.executor.drain();
  }

  /** Gives turns, then runs for `us` microseconds. */
  runFor(us: number): void {
    this.turn();
    this.simulation.run({ untilUs: this.nowUs + us });
  }

  /** Does `action` at virtual time `atUs` from outside, and gives turns. */
  at(atUs: number, action: () => void): void {
    this.simulation.at(atUs, () => {
      action();
      this.turn();
    });
  }

  /** Spawns a task that runs `body` and gives turns; its outcome so far. */
  run<T>(body: TaskBody<T>): TaskHandle<T> {
    const task = this.spawn('test.run', body);
    this.turn();
    return task;
  }

  kill(): void {
    this.executor.end();
    this.end('killed');
  }

  stop(): void {
    this.executor.abortAll();
    this.end('stopped');
  }

  site(site: string): TaskSite {
    const found = this.simulation.tasks.summary().find((each) => each.site === site);
    if (found === undefined) throw new Error(`no task was spawned at ${site}`);
    return found;
  }

  /** What is left behind, in words. */
  leftovers(): string[] {
    const found: string[] = [];
    const { ledger, simulation } = this;
    if (simulation.pendingCount > 0) found.push(`${simulation.pendingCount} events are pending`);
    for (const { kind, site } of ledger.openEntries()) found.push(`${kind} ${site} is open`);
    if (ledger.errorCount > 0) found.push(`ledger: ${JSON.stringify(ledger.errors[0])}`);
    for (const { path } of this.executor.tasks) found.push(`task ${path} is kept`);
    for (const { site, open } of simulation.tasks.summary()) if (open !== 0) found.push(`${open} open at ${site}`);
    return found;
  }

  private end(how: NodeEnd): void {
    this.simulation.detach(this.node, how);
  }
}
