// One repetition of a run, which stands at some event and can only go on; its digests are held against those of the first run.
// Invariant: a lane that stands at event n has handled exactly the first n events of the scenario.
import type { Node } from '../../sim/node.ts';
import { EVENT } from '../../sim/simulation.ts';
import type { Observer, Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import { CauseTrace } from '../../properties/explain/cause.ts';
import type { Cause } from '../../properties/explain/cause.ts';
import type { Checkpoint } from '../../properties/soak/record.ts';
import { startSoak } from '../../properties/soak/run.ts';
import type { Soak } from '../../properties/soak/scenario.ts';
import type { EventTimes } from './event-times.ts';

/** Events between two breaths of whoever drives a lane. */
const CHUNK_EVENTS = 4096;

/** A message that is handed to the network. */
export interface SentMessage {
  readonly from: Node['peer'] | undefined;
  readonly to: Node;
  readonly sentUs: number;
  readonly arrivesUs: number;
  readonly message: unknown;
}

/** Who wants to know of each event while a lane goes on; every hook is optional. */
export interface LaneListener {
  /** Called before the event is handled. */
  event?(atUs: number, node: Node, kind: number, payload: unknown, cause: Cause): void;
  sent?(sent: SentMessage): void;
  started?(node: Node): void;
  ended?(node: Node, atUs: number): void;
}

/** See the file's head. */
export class Lane implements Observer {
  readonly simulation: Simulation;
  readonly world: World;
  /** Events handled. */
  count = 0;
  /** False once a digest was not that of the first run. */
  same = true;
  listener: LaneListener | undefined = undefined;
  private readonly trace: CauseTrace;
  private readonly times: EventTimes;
  private readonly endUs: number;
  private checked = 0;
  /** Every event at or before it has been handled. */
  private settledUs = -1;

  /** @param times - Of the events of this run, which a lane that is ahead adds to. */
  constructor(soak: Soak, times: EventTimes) {
    this.times = times;
    const { simulation, world } = startSoak(soak, { observer: this });
    this.simulation = simulation;
    this.world = world;
    this.endUs = soak.endUs;
    this.trace = new CauseTrace(simulation, world, () => {});
    this.followPosts();
  }

  /** Virtual time up to which everything has been handled. */
  get nowUs(): number {
    return this.simulation.nowUs;
  }

  event(atUs: number, node: Node, kind: number, payload: unknown): void {
    this.times.note(++this.count, atUs);
    this.trace.event(node, kind, payload);
    this.listener?.event?.(atUs, node, kind, payload, this.trace.now);
  }

  started(node: Node): void {
    this.listener?.started?.(node);
  }

  ended(node: Node): void {
    this.listener?.ended?.(node, this.nowUs);
  }

  /** What the last event was because of, as a whole. */
  get cause(): Cause {
    return this.trace.whole;
  }

  /** Class of a message or timer. */
  whatOf(kind: number, payload: unknown): string {
    if (typeof payload === 'symbol') return 'link closed';
    return `${kind === EVENT.timer ? 'timer' : 'message'} ${this.world.classOf(payload)}`;
  }

  /** Goes on to event `number`, or to the end of the run when there are fewer. */
  *toEvent(number: number, checkpoints: readonly Checkpoint[]): Generator<void, void, undefined> {
    while (this.count < number && this.settledUs < this.endUs) {
      this.advance(this.endUs, number - this.count, checkpoints);
      yield;
    }
  }

  /** Goes on until every event at or before `atUs` has been handled. */
  *toTime(atUs: number, checkpoints: readonly Checkpoint[]): Generator<void, void, undefined> {
    while (this.settledUs < Math.min(atUs, this.endUs)) {
      this.advance(Math.min(atUs, this.endUs), Infinity, checkpoints);
      yield;
    }
  }

  private advance(untilUs: number, most: number, checkpoints: readonly Checkpoint[]): void {
    while (this.checked < checkpoints.length && checkpoints[this.checked]!.atUs < this.nowUs) this.checked++;
    const checkpoint = checkpoints[this.checked];
    const stopUs = Math.min(untilUs, checkpoint?.atUs ?? Infinity);
    const outcome = this.simulation.run({ untilUs: stopUs, maxEvents: Math.min(most, CHUNK_EVENTS) });
    if (outcome !== 'reached') return;
    this.settledUs = stopUs;
    if (checkpoint?.atUs !== stopUs) return;
    if (checkpoint.digest !== this.simulation.digest.hex) this.same = false;
    this.checked++;
  }

  /** Outermost, so that it is told of a message before anybody else sees it. */
  private followPosts(): void {
    const { simulation } = this;
    const post = simulation.post.bind(simulation);
    simulation.post = (node, delayUs, word, message) => {
      const { nowUs: sentUs } = simulation;
      this.listener?.sent?.({ from: this.trace.now.at, to: node, sentUs, arrivesUs: sentUs + delayUs, message });
      post(node, delayUs, word, message);
    };
  }
}
