// plateaus: a measure of the nodes' states does not grow with a driver, at calms.
// Invariant: only nodes that lived through all calms count, as a replacement would hide what it took the place of.
import type { Node } from '../../sim/node.ts';
import { cohortOf, DRIVER_UNITS, firstRiseUs, growingSeries, mainDriver, pointsOf, short } from '../judges/cohort.ts';
import type { GrowingSeries, Series } from '../judges/cohort.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { CalmMoment, Evidence, Property, Verdict } from '../property.ts';
import { FEWEST_CALMS, growing } from '../slope.ts';
import type { CalmRecord, Driver, SoakRecord } from '../soak/record.ts';
import { bad, checkParts, finite, FOREIGN, FOREIGN_WHY, viewOf, watchOf } from './source.ts';
import type { Named, NodeView, OwnHooks, StateSource } from './source.ts';

/** What must not grow. */
export interface Plateaus<State> extends Named {
  /** A finite number, such as the size of a collection. */
  measure(state: State, node: NodeView): number;
  /** What it must not grow with; default departures if the run has any, else actions, else virtual hours. */
  readonly per?: Driver;
  /**
   * What the last doubling of the driver must add at least, per node, to count as growth: above 0, in units of the
   * measure. Default 2, half of the first level, or three deviations of a count of that level, whichever is most.
   */
  readonly leastGrowth?: number;
}

interface Kept {
  /** By calm: the measure of each node, by incarnation number. */
  readonly calms: readonly ReadonlyMap<number, number>[];
}

const BOUND = 'no growth at calms';
const DRIVERS = Object.keys(DRIVER_UNITS) as readonly Driver[];
const LEAST_PER_NODE = 2;
const LEAST_SHARE = 0.5;
const LEAST_DEVIATIONS = 3;

/**
 * A property that holds when a measure of the nodes' states has no slope over calms.
 *
 * @param source - A model of one's own, which types the state, or a function from a node of any other.
 * @throws {InputError} `bad-property` for what cannot be one.
 */
export function plateaus<State>(source: StateSource<State>, parts: Plateaus<State>): Property {
  checkParts('plateaus', source, parts, ['measure']);
  const { name, per, leastGrowth, summary = 'it does not grow at calms' } = parts;
  if (per !== undefined && !DRIVERS.includes(per)) {
    throw bad(
      `property ${JSON.stringify(name)}: per: received ${JSON.stringify(per)}, expected one of ${DRIVERS.join(', ')}`,
    );
  }
  if (leastGrowth !== undefined && !(leastGrowth > 0 && Number.isFinite(leastGrowth))) {
    throw bad(`property ${JSON.stringify(name)}: leastGrowth: received ${leastGrowth}, expected a number above 0`);
  }
  return {
    name,
    summary,
    watch: (simulation) => watchOf(source, simulation, (stateOf) => new MeasureWatch(parts, stateOf)),
    judge: (record) => judge(parts, record),
  };
}

class MeasureWatch<State> implements OwnHooks {
  private readonly parts: Plateaus<State>;
  private readonly stateOf: (node: Node) => State;
  private readonly calms: ReadonlyMap<number, number>[] = [];

  constructor(parts: Plateaus<State>, stateOf: (node: Node) => State) {
    this.parts = parts;
    this.stateOf = stateOf;
  }

  calm({ nodes, atUs }: CalmMoment): void {
    const values = new Map<number, number>();
    for (const node of nodes) {
      const value = this.parts.measure(this.stateOf(node), viewOf(node, atUs));
      values.set(node.serial, finite(value, this.parts.name, 'measure', node));
    }
    this.calms.push(values);
  }

  finish(): Kept {
    return { calms: this.calms };
  }
}

function judge<State>({ name, per, leastGrowth }: Plateaus<State>, record: SoakRecord): Verdict {
  const kept = record.watched.get(name) as Kept | typeof FOREIGN | undefined;
  if (kept === undefined) return notJudged(name, 'the run was not observed', BOUND);
  if (kept === FOREIGN) return notJudged(name, FOREIGN_WHY, BOUND);
  const { calms } = record;
  if (calms.length < FEWEST_CALMS) {
    return notJudged(name, `${calms.length} calms, at least ${FEWEST_CALMS} are needed`, BOUND);
  }
  const cohort = cohortOf(calms);
  if (cohort.size === 0) return notJudged(name, 'no node lived through all calms', BOUND);
  const driver = per ?? mainDriver(record);
  const values = kept.calms.map((measured) => {
    let sum = 0;
    for (const serial of cohort) sum += measured.get(serial) ?? 0;
    return sum / cohort.size;
  });
  const series: Series = { subject: name, values };
  const whole = growing(pointsOf(calms, driver, series));
  if (!whole.judged) return notJudged(name, whole.why, BOUND);
  const [grown] = growingSeries(calms, driver, [series], (first) => leastGrowth ?? leastFor(first));
  const levels = `${short(values[0]!)} to ${short(values.at(-1)!)} per node over ${calms.length} calms`;
  if (grown === undefined) return holds(name, levels, BOUND);
  const figure = `${short(grown.growth.slope)} per ${DRIVER_UNITS[driver]} and node: ${levels}`;
  return broken(name, figure, BOUND, [evidenceOf(calms, grown, cohort.size)], firstRiseUs(calms, grown));
}

function leastFor(first: number): number {
  const level = Math.abs(first);
  return Math.max(LEAST_PER_NODE, LEAST_SHARE * level, LEAST_DEVIATIONS * Math.sqrt(level));
}

function evidenceOf(calms: readonly CalmRecord[], series: GrowingSeries, survivors: number): Evidence {
  const { subject, values, growth, driver } = series;
  const unit = DRIVER_UNITS[driver];
  const table = calms.map(({ drivers }, calm) => `${short(drivers[driver])}:${short(values[calm]!)}`).join(' ');
  return {
    subject,
    text: `${subject}: ${short(growth.slope)} per ${unit} and node, in ${survivors} survivors (${unit}s:measure ${table})`,
    data: {
      driver,
      slope: growth.slope,
      lowerBound: growth.lowerBound,
      survivors,
      drivers: calms.map(({ drivers }) => drivers[driver]),
      values,
    },
  };
}
