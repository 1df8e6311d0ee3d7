// The file format of speedscope (https://www.speedscope.app/file-format-schema.json).
// Invariant: one sample and one weight per distinct stack; every sample refers to frames that are in the file.
import type { CostStack } from '../../sim/cost/account.ts';
import { mergedStacks } from './stacks.ts';

/**
 * A speedscope file of one sampled profile, whose weights are microseconds.
 *
 * The samples have no order in time: the left-heavy and sandwich views are the ones to read.
 *
 * @param title - Name of the profile and of its group.
 */
export function speedscopeFile(stacks: readonly CostStack[], title: string): string {
  const indexes = new Map<string, number>();
  const indexOf = (frame: string): number => {
    const index = indexes.get(frame) ?? indexes.size;
    indexes.set(frame, index);
    return index;
  };
  const merged = mergedStacks(stacks);
  const samples = merged.map(({ stack }) => stack.map(indexOf));
  const weights = merged.map(({ us }) => us);
  const profile = {
    type: 'sampled',
    name: title,
    unit: 'microseconds',
    startValue: 0,
    endValue: weights.reduce((sum, us) => sum + us, 0),
    samples,
    weights,
  };
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    name: title,
    exporter: 'quicksoak',
    activeProfileIndex: 0,
    shared: { frames: Array.from(indexes.keys(), (name) => ({ name })) },
    profiles: [profile],
  });
}
