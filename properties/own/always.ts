// always: something holds of every node's state after every event.
// Invariant: a node is looked at until it first goes wrong; what is kept is plain data.
import { formatDuration } from '../../sim/duration.ts';
import type { Node } from '../../sim/node.ts';
import { stateData } from '../../sim/recording/describe.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import type { SoakRecord } from '../soak/record.ts';
import { bad, checkParts, FOREIGN, FOREIGN_WHY, lastInputOf, stateText, subjectOf, viewOf, watchOf } from './source.ts';
import type { Named, NodeView, OwnHooks, StateSource } from './source.ts';

/** What must hold all the time. */
export interface Always<State> extends Named {
  /** Called after every event of a node, and after its start: true, or false, or a sentence that says what is wrong. */
  holds(state: State, node: NodeView): boolean | string;
}

interface Violation {
  readonly peer: string;
  readonly incarnation: number;
  readonly atUs: number;
  readonly said: string;
  readonly input: string | undefined;
  readonly state: string;
  readonly data: unknown;
}

interface Kept {
  readonly lookCount: number;
  readonly nodeCount: number;
  readonly violatorCount: number;
  readonly violations: readonly Violation[];
}

const BOUND = 'holds after every event';
const MOST_EXAMPLES = 10;
const DATA_LIMITS = { items: 50, characters: 200, depth: 8 };

/**
 * A property that holds of every node's state after every event.
 *
 * @param source - A model of one's own, which types the state, or a function from a node of any other.
 * @throws {InputError} `bad-property` for what cannot be one.
 */
export function always<State>(source: StateSource<State>, parts: Always<State>): Property {
  checkParts('always', source, parts, ['holds']);
  const { name, summary = 'it holds of every state after every event' } = parts;
  return {
    name,
    summary,
    watch: (simulation) => watchOf(source, simulation, (stateOf) => new AlwaysWatch(source, parts, stateOf)),
    judge: (record) => judge(name, record),
  };
}

class AlwaysWatch<State> implements OwnHooks {
  private readonly source: StateSource<State>;
  private readonly parts: Always<State>;
  private readonly stateOf: (node: Node) => State;
  private readonly violators = new Set<Node>();
  private readonly violations: Violation[] = [];
  private violatorCount = 0;
  private nodeCount = 0;
  private lookCount = 0;

  constructor(source: StateSource<State>, parts: Always<State>, stateOf: (node: Node) => State) {
    this.source = source;
    this.parts = parts;
    this.stateOf = stateOf;
  }

  started(): void {
    this.nodeCount++;
  }

  ended(node: Node): void {
    this.violators.delete(node);
  }

  handled(node: Node, atUs: number): void {
    if (this.violators.has(node)) return;
    this.lookCount++;
    const state = this.stateOf(node);
    const said: unknown = this.parts.holds(state, viewOf(node, atUs));
    if (said === true) return;
    if (said !== false && typeof said !== 'string') {
      throw bad(
        `property ${JSON.stringify(this.parts.name)}: holds returned ${String(said)}, expected true, false or a sentence`,
      );
    }
    this.violators.add(node);
    this.violatorCount++;
    if (this.violations.length === MOST_EXAMPLES) return;
    this.violations.push({
      peer: String(node.peer),
      incarnation: node.peer.incarnations,
      atUs,
      said: said === false || said === '' ? 'it does not hold' : said,
      input: lastInputOf(this.source, node),
      state: stateText(state),
      data: stateData(state, DATA_LIMITS),
    });
  }

  finish(): Kept {
    const { lookCount, nodeCount, violatorCount, violations } = this;
    return { lookCount, nodeCount, violatorCount, violations };
  }
}

function judge(name: string, { watched }: SoakRecord): Verdict {
  const kept = watched.get(name) as Kept | typeof FOREIGN | undefined;
  if (kept === undefined) return notJudged(name, 'the run was not observed', BOUND);
  if (kept === FOREIGN) return notJudged(name, FOREIGN_WHY, BOUND);
  const { lookCount, nodeCount, violatorCount, violations } = kept;
  if (lookCount === 0) return notJudged(name, 'no node handled an event', BOUND);
  const [first] = violations;
  if (first === undefined) return holds(name, `held after ${lookCount} events of ${nodeCount} lives`, BOUND);
  const figure = `broken in ${violatorCount} of ${nodeCount} lives: ${first.said}`;
  return broken(name, figure, BOUND, violations.map(evidenceOf), first.atUs);
}

function evidenceOf({ peer, incarnation, atUs, said, input, state, data }: Violation): Evidence {
  const after = input === undefined ? '' : `, after ${input}`;
  const life = incarnation === 1 ? '' : ` (life ${incarnation})`;
  return {
    subject: subjectOf(said),
    text: `${peer}${life} at ${formatDuration(atUs)}${after}: ${said}; its state: ${state}`,
    data: { peer, incarnation, atUs, said, input: input ?? null, state: data },
  };
}
