// pprof profiles (github.com/google/pprof, proto/profile.proto), gzipped.
// Invariant: equal stacks and options give equal bytes; a frame is one function with one location.
import { gzipSync } from 'fflate';
import { Profile, StringTable } from 'pprof-format';
import type { CostStack } from '../../sim/cost/account.ts';
import { mergedStacks } from './stacks.ts';

const MAPPING_ID = 1;

/**
 * A gzipped pprof profile with two values per stack: `samples` (occurrences) and `cpu` (whole microseconds, rounded per
 * stack), the second shown by default.
 *
 * @param title - Written as the profile's comment.
 * @param durationUs - Virtual time that the profile covers, in microseconds; undefined writes none.
 * @returns Deterministic bytes: no time of writing is in them.
 */
export function pprofProfile(stacks: readonly CostStack[], title: string, durationUs?: number): Uint8Array {
  const stringTable = new StringTable();
  const text = (string: string): number => stringTable.dedup(string);
  const ids = new Map<string, number>();
  const idOf = (frame: string): number => {
    const id = ids.get(frame) ?? ids.size + 1;
    ids.set(frame, id);
    return id;
  };
  const cpu = { type: text('cpu'), unit: text('microseconds') };
  const sample = mergedStacks(stacks).map(({ stack, us, count }) => ({
    locationId: stack.map(idOf).reverse(),
    value: [Math.round(count), Math.round(us)],
  }));
  const frames = [...ids];
  const profile = new Profile({
    sampleType: [{ type: text('samples'), unit: text('count') }, cpu],
    sample,
    // A mapping that has its functions keeps readers from looking for symbols in a binary.
    mapping: [{ id: MAPPING_ID, filename: text('quicksoak'), hasFunctions: true }],
    location: frames.map(([, id]) => ({ id, mappingId: MAPPING_ID, line: [{ functionId: id }] })),
    // With a system name, pprof would take the name for C++ and drop the inner type of `TlsStream<TcpStream>`.
    function: frames.map(([frame, id]) => ({ id, name: text(frame) })),
    durationNanos: durationUs === undefined ? 0 : Math.round(durationUs * 1000),
    periodType: cpu,
    period: 1,
    comment: [text(title)],
    defaultSampleType: text('cpu'),
    stringTable,
  });
  return gzipSync(profile.encode(), { level: 9, mtime: 0 });
}
