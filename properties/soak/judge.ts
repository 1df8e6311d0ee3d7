// Judging: a soak run once, run again without observation, and held against the properties.
// Invariant: the result is plain data; printing is somebody else's.
import type { Verdict } from '../property.ts';
import { guarded } from './property-watches.ts';
import type { SoakRecord } from './record.ts';
import { runSoak, runSoakAsync } from './run.ts';
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
  const [once, again] = optionsOfRuns(options);
  const first = runSoak(soak, once);
  const second = again !== undefined && first.cutShort === undefined ? runSoak(soak, again) : undefined;
  return judgeRecord(soak, withSecond(first, second));
}

/** The same for a model whose runs need the real event loop, such as a hosted one; see {@link runSoakAsync}. */
export async function judgeSoakAsync(soak: Soak, options: JudgeOptions = {}): Promise<SoakResult> {
  const [once, again] = optionsOfRuns(options);
  const first = await runSoakAsync(soak, once);
  const second = again !== undefined && first.cutShort === undefined ? await runSoakAsync(soak, again) : undefined;
  return judgeRecord(soak, withSecond(first, second));
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

/** Options of the first run, and of the second if there is to be one. */
function optionsOfRuns(options: JudgeOptions): [SoakOptions, SoakOptions | undefined] {
  const { twice = true, onProgress, onStarted, ...rest } = options;
  const share = twice ? 0.6 : 1;
  const report = (base: number, scale: number) => (done: number) => onProgress?.(base + done * scale);
  const once = { ...rest, onProgress: report(0, share), ...(onStarted === undefined ? {} : { onStarted }) };
  // Whoever watches the run sees it once.
  const again = { ...rest, observe: false, onProgress: report(share, 1 - share) };
  return [once, twice ? again : undefined];
}

/** A record with what the second, unobserved run of the same scenario gave, if that came to its end. */
export function withSecond(first: SoakRecord, second: SoakRecord | undefined): SoakRecord {
  if (second === undefined || second.cutShort !== undefined) return first;
  const { digest, eventCount, checkpoints } = second;
  return { ...first, again: { digest, eventCount, checkpoints } };
}
