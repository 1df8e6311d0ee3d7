// Judging: a soak run once, run again without observation, and held against the properties.
// Invariant: the result is plain data; printing is somebody else's.
import type { Verdict } from '../property.ts';
import { guarded } from './property-watches.ts';
import type { SoakRecord } from './record.ts';
import { runSoak } from './run.ts';
import type { SoakOptions } from './run.ts';
import type { Soak } from './scenario.ts';

/** A judged soak. */
export interface SoakResult {
  readonly soak: Soak;
  readonly record: SoakRecord;
  readonly verdicts: readonly Verdict[];
  /** True when no property broke, and at least one could be judged. */
  readonly ok: boolean;
}

/** How to judge. */
export interface JudgeOptions extends SoakOptions {
  /** Run a second time, unobserved, for the property `deterministic`; default true. */
  readonly twice?: boolean;
}

/**
 * Runs a soak and judges it by its properties.
 *
 * @throws {InputError} `property-threw` for a property that throws instead of judging, `model-threw` for a model of one's
 * own that throws.
 */
export function judgeSoak(soak: Soak, options: JudgeOptions = {}): SoakResult {
  const { twice = true, onProgress, ...rest } = options;
  const share = twice ? 0.6 : 1;
  const report = (base: number, scale: number) => (done: number) => onProgress?.(base + done * scale);
  const first = runSoak(soak, { ...rest, onProgress: report(0, share) });
  const record =
    twice && first.cutShort === undefined ? withSecond(soak, first, rest, report(share, 1 - share)) : first;
  return judgeRecord(soak, record);
}

/**
 * Judges a run that was made.
 *
 * @throws {InputError} `property-threw` for a property that throws instead of judging.
 */
export function judgeRecord(soak: Soak, record: SoakRecord): SoakResult {
  const verdicts = soak.properties.map((property) => guarded(property.name, 'judge', () => property.judge(record)));
  return { soak, record, verdicts, ok: verdicts.every(({ ok }) => ok) && verdicts.some(({ judged }) => judged) };
}

function withSecond(
  soak: Soak,
  first: SoakRecord,
  options: SoakOptions,
  onProgress: (share: number) => void,
): SoakRecord {
  const { digest, eventCount, checkpoints, cutShort } = runSoak(soak, { ...options, observe: false, onProgress });
  return cutShort === undefined ? { ...first, again: { digest, eventCount, checkpoints } } : first;
}
