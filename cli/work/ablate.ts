// Runs an ablation.
import { ablate } from '../../properties/ablation/ablation.ts';
import type { Catalogue } from '../../properties/catalogue.ts';
import type { Ablation } from '../../properties/ablation/ablation.ts';
import { resolveScenario } from '../../properties/soak/scenario.ts';
import type { Scenario } from '../../properties/soak/scenario.ts';
import type { CutShort } from '../exit-codes.ts';
import type { SoakTeller } from './soak.ts';
import { throttled } from './watch.ts';
import type { Watch } from './watch.ts';

/** What to ablate. */
export interface AblateOrder {
  /** With the defects to ablate on. */
  readonly scenario: Scenario;
  /** Where the scenario came from; opens an error's message. */
  readonly where: string;
  /** Absolute paths of modules with models of one's own; default none. */
  readonly use?: readonly string[];
  /** Pairs to run, each `a+b`; default: those that may interact. */
  readonly pairs?: readonly string[];
  /** Most events of one run; default unlimited. */
  readonly maxEvents?: number;
  /** Most real time in all, in microseconds; default unlimited. */
  readonly maxWallUs?: number;
}

/** A finished ablation, or as much of it as there was time for. */
export interface AblatedRuns {
  readonly ablation: Ablation;
  readonly wallMs: number;
  /** Undefined when every run reached its end. */
  readonly cutShort: CutShort | undefined;
}

/**
 * Runs an ablation.
 *
 * @throws {InputError} For a scenario that does not resolve, and for defects or pairs that do not fit.
 */
export function workAblate(order: AblateOrder, catalogue: Catalogue, watch: Watch, tell: SoakTeller): AblatedRuns {
  const { scenario, where, pairs, maxEvents } = order;
  const runs = ablate(scenario, {
    where,
    catalogue,
    expired: watch.expired,
    onProgress: throttled((share) => tell.progress(share)),
    ...(pairs === undefined ? {} : { pairs }),
    ...(maxEvents === undefined ? {} : { maxEvents }),
  });
  tell.header(resolveScenario(scenario, where, catalogue).header);
  for (;;) {
    const step = runs.next();
    if (step.done !== true) continue;
    const cutShort = watch.cause ?? (step.value.cutShort ? 'events-spent' : undefined);
    return { ablation: step.value, wallMs: watch.wallMs, cutShort };
  }
}
