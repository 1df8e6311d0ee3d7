// settles: the rate of something that nodes count returns to what it was before churn.
// Invariant: rates are taken in the second half of calms, over nodes that ran through it, and compared with each other.
import { formatDuration } from '../../sim/duration.ts';
import type { Node } from '../../sim/node.ts';
import { short } from '../judges/cohort.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { CalmMoment, Evidence, Property, Verdict } from '../property.ts';
import type { SoakRecord } from '../soak/record.ts';
import { bad, checkParts, finite, FOREIGN, FOREIGN_WHY, viewOf, watchOf } from './source.ts';
import type { Named, NodeView, OwnHooks, StateSource } from './source.ts';

/** What must come to rest. */
export interface Settles<State> extends Named {
  /** A running total, such as of probes sent: a finite number that never falls while a node lives. */
  count(state: State, node: NodeView): number;
  /** How many times the rate before churn it may reach; 1 or more, default 2. */
  readonly ratio?: number;
  /** What it may reach beyond that, per node and virtual second; 0 or more, default 1. */
  readonly slack?: number;
}

interface Rate {
  readonly atUs: number;
  readonly faulted: boolean;
  /** Plan actions that took effect before. */
  readonly actions: number;
  /** Per node and second; undefined when no node ran through the second half of the calm. */
  readonly perSecond: number | undefined;
}

interface Kept {
  readonly rates: readonly Rate[];
}

const RATIO = 2;
const SLACK = 1;

/**
 * A property that holds when the rate of a running total returns, in every calm, to what it was before churn.
 *
 * @param source - A model of one's own, which types the state, or a function from a node of any other.
 * @throws {InputError} `bad-property` for what cannot be one.
 */
export function settles<State>(source: StateSource<State>, parts: Settles<State>): Property {
  checkParts('settles', source, parts, ['count']);
  const { name, ratio = RATIO, slack = SLACK, summary = 'its rate returns to what it was before churn' } = parts;
  const where = `property ${JSON.stringify(name)}`;
  if (!(ratio >= 1 && Number.isFinite(ratio)))
    throw bad(`${where}: ratio: received ${ratio}, expected a number, 1 or more`);
  if (!(slack >= 0 && Number.isFinite(slack)))
    throw bad(`${where}: slack: received ${slack}, expected a number, 0 or more`);
  return {
    name,
    summary,
    watch: (simulation) => watchOf(source, simulation, (stateOf) => new RateWatch(parts, stateOf)),
    judge: (record) => judge(name, ratio, slack, record),
  };
}

class RateWatch<State> implements OwnHooks {
  private readonly parts: Settles<State>;
  private readonly stateOf: (node: Node) => State;
  private readonly rates: Rate[] = [];
  private middleUs = 0;
  private counted = new Map<Node, number>();

  constructor(parts: Settles<State>, stateOf: (node: Node) => State) {
    this.parts = parts;
    this.stateOf = stateOf;
  }

  middle({ nodes, atUs }: CalmMoment): void {
    this.middleUs = atUs;
    this.counted = new Map(nodes.map((node) => [node, this.countOf(node, atUs)]));
  }

  calm({ nodes, atUs, faulted, drivers }: CalmMoment): void {
    let added = 0;
    let nodeCount = 0;
    for (const node of nodes) {
      const before = this.counted.get(node);
      if (before === undefined) continue;
      const now = this.countOf(node, atUs);
      if (now < before) {
        throw bad(
          `property ${JSON.stringify(this.parts.name)}: count fell from ${before} to ${now} on ${node.peer} by ${formatDuration(atUs)}, expected a running total`,
        );
      }
      added += now - before;
      nodeCount++;
    }
    const seconds = (atUs - this.middleUs) / 1e6;
    const perSecond = nodeCount === 0 || seconds <= 0 ? undefined : added / nodeCount / seconds;
    this.rates.push({ atUs, faulted, actions: drivers.actions, perSecond });
    this.counted = new Map();
  }

  finish(): Kept {
    return { rates: this.rates };
  }

  private countOf(node: Node, atUs: number): number {
    return finite(this.parts.count(this.stateOf(node), viewOf(node, atUs)), this.parts.name, 'count', node);
  }
}

function judge(name: string, ratio: number, slack: number, { watched }: SoakRecord): Verdict {
  const bound = `${short(ratio)} x the calm before churn and ${short(slack)} per node and second`;
  const kept = watched.get(name) as Kept | typeof FOREIGN | undefined;
  if (kept === undefined) return notJudged(name, 'the run was not observed', bound);
  if (kept === FOREIGN) return notJudged(name, FOREIGN_WHY, bound);
  const calms = kept.rates.flatMap(({ perSecond, ...rate }, calm) =>
    perSecond === undefined || rate.faulted ? [] : [{ ...rate, calm, perSecond }],
  );
  const baseline = calms.find(({ actions }) => actions === 0);
  const after = calms.filter(({ calm }) => baseline !== undefined && calm > baseline.calm);
  if (baseline === undefined) return notJudged(name, 'no calm before churn to compare with', bound);
  if (after.length === 0) return notJudged(name, 'no further calm without faults', bound);
  const most = baseline.perSecond * ratio + slack;
  const rates = calms.map(({ perSecond }) => perSecond);
  const worst = after.reduce((one, other) => (other.perSecond > one.perSecond ? other : one));
  const figure = `up to ${short(worst.perSecond)} per node and second in calms, ${short(baseline.perSecond)} before churn`;
  const loud = after.filter(({ perSecond }) => perSecond > most);
  if (loud.length === 0) return holds(name, figure, bound);
  const evidence: Evidence = {
    subject: name,
    text: `${name}: ${figure} (calm by calm ${rates.map(short).join(' ')})`,
    data: { before: baseline.perSecond, worst: worst.perSecond, most, calm: worst.calm, rates },
  };
  return broken(name, figure, bound, [evidence], loud[0]!.atUs);
}
