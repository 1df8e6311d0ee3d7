// A job: one run of one scenario, judged, and told in plain JSON, so that it can be done in another process.
// Invariant: a result depends on its job and the catalogue alone, and holds nothing of the run's own objects.
import type { Catalogue } from '../catalogue.ts';
import { causesOf } from '../causes.ts';
import type { Cause } from '../causes.ts';
import type { Verdict } from '../property.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { SoakRecord } from '../soak/record.ts';
import { resolveScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';
import { metricsOf } from './metrics.ts';
import type { Metrics } from './metrics.ts';

/** One run to make. */
export interface SoakJob {
  /** With its seed. */
  readonly scenario: Scenario;
  /** Where the scenario came from; opens an error's message. */
  readonly where: string;
  /** Run a second time, for the property `deterministic`; default false. */
  readonly twice?: boolean;
  /** Most events of one run; default unlimited. */
  readonly maxEvents?: number;
}

/** What a property said of a job's run. */
export interface JobVerdict extends Pick<Verdict, 'name' | 'ok' | 'judged' | 'figure' | 'bound'> {
  /** The first line of its evidence; empty when it holds. */
  readonly evidence: string;
}

/** What a job gave. */
export interface JobResult {
  readonly seed: string;
  /** 16 hexadecimal digits. */
  readonly digest: string;
  readonly eventCount: number;
  /** Virtual time reached, in microseconds. */
  readonly endUs: number;
  /** Why the run ended early; null when it did not. Verdicts and metrics then speak of a part. */
  readonly cutShort: Exclude<SoakRecord['cutShort'], undefined> | null;
  /** In the order of the verdict table. */
  readonly verdicts: readonly JobVerdict[];
  /** Of the properties that broke, in their order; empty when all held. */
  readonly causes: readonly Cause[];
  /** For each of {@link causes} the first line of evidence that points at it; empty when there is none. */
  readonly causeEvidence: readonly string[];
  readonly metrics: Metrics;
}

/**
 * Does a job.
 *
 * @param expired - Asked now and then; true ends the run early.
 * @throws {InputError} For a scenario that does not resolve, and for a model or property of one's own that throws.
 */
export function runJob(job: SoakJob, catalogue: Catalogue, expired?: () => boolean): JobResult {
  const { scenario, where, twice = false, maxEvents } = job;
  const soak = resolveScenario(scenario, where, catalogue);
  const { record, verdicts } = judgeSoak(soak, {
    twice,
    ...(maxEvents === undefined ? {} : { maxEvents }),
    ...(expired === undefined ? {} : { expired }),
  });
  const causes = causesOf(verdicts);
  return {
    seed: soak.seed,
    digest: record.digest,
    eventCount: record.eventCount,
    endUs: record.endUs,
    cutShort: record.cutShort ?? null,
    verdicts: verdicts.map(({ name, ok, judged, figure, bound, evidence }) => {
      return { name, ok, judged, figure, bound, evidence: evidence[0]?.text ?? '' };
    }),
    causes,
    causeEvidence: causes.map((cause) => evidenceFor(cause, verdicts)),
    metrics: metricsOf(record),
  };
}

function evidenceFor(cause: Cause, verdicts: readonly Verdict[]): string {
  const { evidence = [] } = verdicts.find(({ name }) => name === cause.property) ?? {};
  const pointing = evidence.find((one) => {
    const [alone] = causesOf([{ name: cause.property, ok: false, evidence: [one] }]);
    return alone?.where === cause.where;
  });
  return pointing?.text ?? '';
}
