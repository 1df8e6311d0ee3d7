// Explains what a scenario leaves behind.
import type { Catalogue } from '../../properties/catalogue.ts';
import { explain } from '../../properties/explain/explain.ts';
import type { Explanation } from '../../properties/explain/explain.ts';
import type { Narrowing } from '../../properties/explain/targets.ts';
import { resolveScenario } from '../../properties/soak/scenario.ts';
import type { Scenario } from '../../properties/soak/scenario.ts';
import type { CutShort } from '../exit-codes.ts';
import type { SoakTeller } from './soak.ts';
import { throttled } from './watch.ts';
import type { Watch } from './watch.ts';

/** What to explain. */
export interface ExplainOrder {
  readonly scenario: Scenario;
  /** Where the scenario came from; opens an error's message. */
  readonly where: string;
  /** Absolute paths of modules with models and properties of one's own; default none. */
  readonly use?: readonly string[];
  readonly narrowing: Narrowing;
  /** Most real time in all, in microseconds; default unlimited. */
  readonly maxWallUs?: number;
}

/** An explanation as plain data. */
export interface ExplainedRun {
  readonly explanation: Explanation;
  readonly wallMs: number;
  /** Undefined when there was time for all of it. */
  readonly cutShort: CutShort | undefined;
}

/**
 * Explains.
 *
 * @throws {InputError} For a scenario that does not resolve, and for a property that it is not judged by.
 */
export function workExplain(order: ExplainOrder, catalogue: Catalogue, watch: Watch, tell: SoakTeller): ExplainedRun {
  const soak = resolveScenario(order.scenario, order.where, catalogue);
  tell.header(soak.header);
  const explanation = explain(soak, {
    ...order.narrowing,
    expired: watch.expired,
    onProgress: throttled((share) => tell.progress(share)),
  });
  return { explanation, wallMs: watch.wallMs, cutShort: watch.cause };
}
