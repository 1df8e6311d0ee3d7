// eventually: whenever something becomes true of a node's state, something else is true within a time.
// Invariant: a promise is judged only when its node lived, and the run lasted, to the end of its time.
import { formatDuration, parseDuration } from '../../sim/duration.ts';
import type { FaultSpan } from '../../sim/churn/calms.ts';
import type { Node } from '../../sim/node.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import type { SoakRecord } from '../soak/record.ts';
import { checkParts, FOREIGN, FOREIGN_WHY, lastInputOf, stateText, truth, viewOf, watchOf } from './source.ts';
import type { Named, NodeView, OwnHooks, StateSource } from './source.ts';

/** What must come, and how soon. */
export interface Eventually<State> extends Named {
  /** A duration such as `30s`, of virtual time. */
  readonly within: string;
  /** Each time that this becomes true, {@link holds} must follow. Default: once, at the start of each node. */
  when?(state: State, node: NodeView): boolean;
  /** What must be true at some moment within the time. */
  holds(state: State, node: NodeView): boolean;
  /** Do not judge what falls together with a partition, hold or black hole of the plan; default false. */
  readonly outsideFaults?: boolean;
}

interface Promised {
  readonly sinceUs: number;
  readonly dueUs: number;
}

interface Late {
  readonly peer: string;
  readonly incarnation: number;
  readonly sinceUs: number;
  readonly dueUs: number;
  /** When it was seen to be late, in microseconds. */
  readonly seenUs: number;
  /** When it came true after all; undefined when it had not by {@link seenUs}. */
  readonly cameUs: number | undefined;
  readonly input: string | undefined;
  readonly state: string;
}

interface Kept {
  readonly kept: number;
  readonly slowestUs: number;
  readonly excused: number;
  readonly lateCount: number;
  readonly late: readonly Late[];
}

const MOST_EXAMPLES = 10;

/**
 * A property that holds when, each time `when` becomes true of a node's state, `holds` is true within a time.
 *
 * @param source - A model of one's own, which types the state, or a function from a node of any other.
 * @throws {InputError} `bad-property` or `bad-duration` for what cannot be one.
 */
export function eventually<State>(source: StateSource<State>, parts: Eventually<State>): Property {
  checkParts('eventually', source, parts, ['holds', 'when?']);
  const { name, within, summary = `it comes true within ${within}` } = parts;
  const withinUs = parseDuration(String(within), `property ${JSON.stringify(name)}: within`);
  return {
    name,
    summary,
    watch: (simulation, faults) =>
      watchOf(source, simulation, (stateOf) => new EventuallyWatch(source, parts, stateOf, withinUs, faults)),
    judge: (record) => judge(name, withinUs, record),
  };
}

class EventuallyWatch<State> implements OwnHooks {
  private readonly source: StateSource<State>;
  private readonly parts: Eventually<State>;
  private readonly stateOf: (node: Node) => State;
  private readonly withinUs: number;
  private readonly faults: readonly FaultSpan[];
  private readonly open = new Map<Node, Promised>();
  /** Nodes of which `when` was true after their last event. */
  private readonly raised = new Set<Node>();
  private kept = 0;
  private slowestUs = 0;
  private excused = 0;
  private lateCount = 0;
  private readonly late: Late[] = [];

  constructor(
    source: StateSource<State>,
    parts: Eventually<State>,
    stateOf: (node: Node) => State,
    withinUs: number,
    faults: readonly FaultSpan[],
  ) {
    this.source = source;
    this.parts = parts;
    this.stateOf = stateOf;
    this.withinUs = withinUs;
    this.faults = parts.outsideFaults === true ? faults : [];
  }

  started(node: Node, atUs: number): void {
    if (this.parts.when === undefined) this.promise(node, atUs);
  }

  handled(node: Node, atUs: number): void {
    const state = this.stateOf(node);
    const view = viewOf(node, atUs);
    const { parts } = this;
    if (parts.when !== undefined) {
      const isTrue = truth(parts.when(state, view), parts.name, 'when', node);
      if (isTrue && !this.raised.has(node)) this.promise(node, atUs);
      if (isTrue) this.raised.add(node);
      else this.raised.delete(node);
    }
    const promised = this.open.get(node);
    if (promised === undefined) return;
    const came = truth(parts.holds(state, view), parts.name, 'holds', node);
    if (atUs > promised.dueUs) this.close(node, promised, atUs, came ? atUs : undefined);
    else if (came) {
      this.kept++;
      this.slowestUs = Math.max(this.slowestUs, atUs - promised.sinceUs);
      this.open.delete(node);
    }
  }

  ended(node: Node, atUs: number): void {
    this.raised.delete(node);
    this.settle(node, atUs);
  }

  finish(atUs: number): Kept {
    for (const node of Array.from(this.open.keys())) this.settle(node, atUs);
    const { kept, slowestUs, excused, lateCount, late } = this;
    return { kept, slowestUs, excused, lateCount, late };
  }

  private promise(node: Node, atUs: number): void {
    // One that is open already is due sooner.
    if (!this.open.has(node)) this.open.set(node, { sinceUs: atUs, dueUs: atUs + this.withinUs });
  }

  /** No event of the node changes its state any more. */
  private settle(node: Node, atUs: number): void {
    const promised = this.open.get(node);
    if (promised === undefined) return;
    if (atUs > promised.dueUs) this.close(node, promised, atUs, undefined);
    else {
      this.open.delete(node);
      this.excused++;
    }
  }

  private close(node: Node, { sinceUs, dueUs }: Promised, seenUs: number, cameUs: number | undefined): void {
    this.open.delete(node);
    if (this.faults.some(({ fromUs, untilUs }) => fromUs <= dueUs && untilUs >= sinceUs)) {
      this.excused++;
      return;
    }
    this.lateCount++;
    if (this.late.length === MOST_EXAMPLES) return;
    const { peer } = node;
    const input = lastInputOf(this.source, node);
    const state = stateText(this.stateOf(node));
    this.late.push({
      peer: String(peer),
      incarnation: peer.incarnations,
      sinceUs,
      dueUs,
      seenUs,
      cameUs,
      input,
      state,
    });
  }
}

function judge(name: string, withinUs: number, { watched }: SoakRecord): Verdict {
  const bound = `within ${formatDuration(withinUs)}`;
  const seen = watched.get(name) as Kept | typeof FOREIGN | undefined;
  if (seen === undefined) return notJudged(name, 'the run was not observed', bound);
  if (seen === FOREIGN) return notJudged(name, FOREIGN_WHY, bound);
  const { kept, slowestUs, excused, lateCount, late } = seen;
  const rest = excused === 0 ? '' : `; ${excused} had not the time, or met a fault`;
  if (kept + lateCount === 0) {
    return notJudged(
      name,
      excused === 0 ? 'it was never to come' : `${excused} times it had not the time, or met a fault`,
      bound,
    );
  }
  if (lateCount === 0) {
    return holds(name, `${kept} of ${kept} times, slowest ${formatDuration(slowestUs)}${rest}`, bound);
  }
  const first = Math.min(...late.map(({ dueUs }) => dueUs));
  const figure = `late ${lateCount} of ${kept + lateCount} times${rest}`;
  return broken(name, figure, bound, late.map(evidenceOf), first);
}

function evidenceOf({ peer, incarnation, sinceUs, dueUs, seenUs, cameUs, input, state }: Late): Evidence {
  const life = incarnation === 1 ? '' : ` (life ${incarnation})`;
  const came =
    cameUs === undefined
      ? `had not come true by ${formatDuration(seenUs)}`
      : `came true at ${formatDuration(cameUs)} only`;
  const after = input === undefined ? '' : `, after ${input}`;
  return {
    subject: 'late',
    text: `${peer}${life}: promised at ${formatDuration(sinceUs)}, due by ${formatDuration(dueUs)}, ${came}${after}; its state then: ${state}`,
    data: { peer, incarnation, sinceUs, dueUs, seenUs, cameUs: cameUs ?? null, state },
  };
}
