// The watches of a run's properties: hands each hook on, and tells of a property that throws by its name.
// Invariant: a node's state is shown after its event, before anything else changes it; watches read and never steer.
import { InputError } from '../../sim/errors.ts';
import type { FaultSpan } from '../../sim/churn/calms.ts';
import type { Node } from '../../sim/node.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { formatDuration } from '../../sim/duration.ts';
import type { CalmMoment, Property, PropertyWatch } from '../property.ts';

interface NamedWatch {
  readonly name: string;
  readonly watch: PropertyWatch;
}

/** Every watch of one run. */
export class PropertyWatches {
  /** True when some watch sees single events, which costs a call for each. */
  readonly seeEvents: boolean;
  private readonly simulation: Simulation;
  private readonly watches: readonly NamedWatch[];
  /** Whose event is being handled, or was handled last, and has not been shown yet. */
  private lastNode: Node | undefined = undefined;
  private lastUs = 0;

  /** @param faults - Of the plan, in time order. */
  constructor(simulation: Simulation, properties: readonly Property[], faults: readonly FaultSpan[] = []) {
    this.simulation = simulation;
    this.watches = properties.flatMap((property) => {
      if (property.watch === undefined) return [];
      const watch = guarded(property.name, 'watch', () => property.watch!(simulation, faults));
      return [{ name: property.name, watch }];
    });
    this.seeEvents = this.watches.some(({ watch }) => watch.handled !== undefined);
  }

  /** An event of `node` is about to be handled. */
  event(node: Node, atUs: number): void {
    this.show();
    this.lastNode = node;
    this.lastUs = atUs;
  }

  started(node: Node): void {
    this.each('started', (watch, atUs) => watch.started?.(node, atUs));
  }

  ended(node: Node): void {
    if (this.lastNode === node) this.lastNode = undefined;
    this.each('ended', (watch, atUs) => watch.ended?.(node, atUs));
  }

  middle(moment: CalmMoment): void {
    this.show();
    this.each('middle', (watch) => watch.middle?.(moment));
  }

  calm(moment: CalmMoment): void {
    this.show();
    this.each('calm', (watch) => watch.calm?.(moment));
  }

  /** What each watch keeps, by the name of its property. */
  finish(): Map<string, unknown> {
    this.show();
    const kept = new Map<string, unknown>();
    for (const { name, watch } of this.watches) {
      kept.set(
        name,
        guarded(name, 'finish', () => watch.finish(this.simulation.nowUs)),
      );
    }
    return kept;
  }

  /** The node of the last event, as that event left it. */
  private show(): void {
    const { lastNode, lastUs } = this;
    if (lastNode === undefined) return;
    this.lastNode = undefined;
    // The engine's own node, which runs plans and workloads, is none of the model's.
    if (!lastNode.running || lastNode.serial === 0) return;
    for (const { name, watch } of this.watches) {
      if (watch.handled === undefined) continue;
      try {
        watch.handled(lastNode, lastUs);
      } catch (error) {
        throw threw(name, 'handled', error, `on ${String(lastNode.peer)} at ${formatDuration(lastUs)}`);
      }
    }
  }

  private each(hook: string, call: (watch: PropertyWatch, atUs: number) => void): void {
    const { nowUs } = this.simulation;
    for (const { name, watch } of this.watches) {
      try {
        call(watch, nowUs);
      } catch (error) {
        throw threw(name, hook, error, `at ${formatDuration(nowUs)}`);
      }
    }
  }
}

/**
 * What a hook of a property gives.
 *
 * @throws {InputError} `property-threw` with the property's name when the hook throws.
 */
export function guarded<Result>(name: string, hook: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw threw(name, hook, error);
  }
}

function threw(name: string, hook: string, error: unknown, when?: string): InputError {
  if (error instanceof InputError) return error;
  const place = when === undefined ? '' : ` ${when}`;
  const message = `property ${JSON.stringify(name)}: its ${hook}() threw ${String(error)}${place}, expected it to return`;
  return new InputError('property-threw', message, { name, hook }, error);
}
