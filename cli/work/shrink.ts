// Shrinks a finding.
import { InputError } from '../../sim/errors.ts';
import type { Catalogue } from '../../properties/catalogue.ts';
import { causeText } from '../../properties/causes.ts';
import type { Cause } from '../../properties/causes.ts';
import { serialiseRepro } from '../../properties/repro/file.ts';
import { tokenOf } from '../../properties/repro/token.ts';
import { shrinkScenario } from '../../properties/shrink/shrink.ts';
import type { Shrunk, ShrinkStep } from '../../properties/shrink/shrink.ts';
import type { ScenarioSize } from '../../properties/shrink/size.ts';
import type { ExplicitScenario } from '../../properties/soak/explicit.ts';
import { resolveScenario } from '../../properties/soak/scenario.ts';
import type { Scenario } from '../../properties/soak/scenario.ts';
import type { CutShort } from '../exit-codes.ts';
import { VERSION } from '../version.ts';
import { throttled } from './watch.ts';
import type { Watch } from './watch.ts';

/** What to shrink, and what to keep. */
export interface ShrinkOrder {
  readonly scenario: Scenario;
  /** Where the scenario came from; opens an error's message. */
  readonly where: string;
  /** Absolute paths of modules with models and properties of one's own; default none. */
  readonly use?: readonly string[];
  /** Keep a finding of one of these properties; default: of any. */
  readonly properties?: readonly string[];
  /** Keep a finding at a place that has this text in it; default: at any. */
  readonly place?: string;
  /** Most runs; default unlimited. */
  readonly maxRuns?: number;
  /** Most events of one run; default unlimited. */
  readonly maxEvents?: number;
  /** Most real time in all, in microseconds; default unlimited. */
  readonly maxWallUs?: number;
}

/** A run that did not come to its end, so that nothing is known of its finding. */
export interface UnseenRun {
  readonly kind: 'unseen';
  readonly cutShort: CutShort;
}

/** A shrunk finding as plain data. */
export interface ShrunkRun {
  readonly kind: 'shrunk';
  readonly header: readonly string[];
  readonly scenario: ExplicitScenario;
  readonly before: ScenarioSize;
  readonly after: ScenarioSize;
  readonly eventsBefore: number;
  readonly eventsAfter: number;
  /** Those of the causes to keep that are left, and those that there were. */
  readonly causes: readonly Cause[];
  readonly originalCauses: readonly Cause[];
  readonly runs: number;
  readonly steps: number;
  /** True when everything was tried. */
  readonly complete: boolean;
  /** 16 hexadecimal digits, of the run that is left. */
  readonly digest: string;
  readonly wallMs: number;
  /** Undefined when neither time nor an interruption ended it. */
  readonly cutShort: CutShort | undefined;
  /** Undefined when it is too large for a token. */
  readonly token: string | undefined;
  /** The repro file, as text. */
  readonly repro: string;
}

/** What to tell while it goes on. */
export interface ShrinkTeller {
  header(header: readonly string[]): void;
  /** The share of the first run that is done, 0 to 1. */
  progress(share: number): void;
  /** The simplest scenario so far. */
  step(step: ShrinkStep): void;
}

/**
 * Shrinks a finding.
 *
 * @throws {InputError} For a scenario that does not resolve, `nothing-to-shrink` when what is to be kept does not show in
 * it.
 */
export function workShrink(
  order: ShrinkOrder,
  catalogue: Catalogue,
  watch: Watch,
  tell: ShrinkTeller,
): ShrunkRun | UnseenRun {
  const { scenario, where, properties, place, maxRuns, maxEvents } = order;
  tell.header(resolveScenario(scenario, where, catalogue).header);
  let latest: ShrinkStep | undefined;
  const tellRun = throttled(() => latest !== undefined && tell.step(latest));
  const shrunk = shrinkScenario(scenario, {
    catalogue,
    where,
    expired: watch.expired,
    keep: (cause) =>
      (properties?.includes(cause.property) ?? true) && (place === undefined || cause.where.includes(place)),
    onFirstRun: throttled((share) => tell.progress(share)),
    onRun: (step) => {
      latest = step;
      tellRun(0);
    },
    ...(maxRuns === undefined ? {} : { maxRuns }),
    ...(maxEvents === undefined ? {} : { maxEvents }),
  });
  const { result, before, after, causes, originalCauses, runs, steps, complete } = shrunk;
  if (result.record.cutShort !== undefined) return { kind: 'unseen', cutShort: watch.cause ?? 'events-spent' };
  if (originalCauses.length === 0) throw nothingIn(shrunk, order);
  return {
    kind: 'shrunk',
    header: result.soak.header,
    scenario: shrunk.scenario,
    before,
    after,
    eventsBefore: shrunk.eventsBefore,
    eventsAfter: result.record.eventCount,
    causes,
    originalCauses,
    runs,
    steps,
    complete,
    digest: result.record.digest,
    wallMs: watch.wallMs,
    cutShort: watch.cause,
    token: tokenOf(result),
    repro: serialiseRepro(result, `quicksoak ${VERSION}`)!,
  };
}

function nothingIn({ allCauses }: Shrunk, { where, properties, place }: ShrinkOrder): InputError {
  const [shown] = allCauses;
  const wanted = [
    properties?.join(' or ') ?? 'a property',
    ...(place === undefined ? [] : [`at a place with ${JSON.stringify(place)}`]),
  ];
  const message =
    shown === undefined
      ? `${where}: nothing to shrink: received a run in which all properties held, expected one that breaks a property`
      : `${where}: nothing to shrink: received a run that breaks ${causeText(shown)}, expected one that breaks ${wanted.join(' ')}`;
  return new InputError('nothing-to-shrink', message, { where });
}
