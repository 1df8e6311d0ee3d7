import test from 'ava';
import fc from 'fast-check';
import { gunzipSync } from 'fflate';
import { Profile } from 'pprof-format';
import { pprofProfile } from './pprof.ts';
import { mergedStacks } from './stacks.ts';
import { stackLists } from './stacks.test.fixture.ts';

function decoded(bytes: Uint8Array): { stack: string[]; us: number; count: number }[] {
  const { sample, location, function: functions, stringTable } = Profile.decode(gunzipSync(bytes));
  const nameById = new Map(functions.map(({ id, name }) => [Number(id), stringTable.strings[Number(name)]!]));
  const frameById = new Map(location.map(({ id, line }) => [Number(id), nameById.get(Number(line[0]!.functionId))!]));
  return sample.map(({ locationId, value: [count, us] }) => ({
    stack: locationId.map((id) => frameById.get(Number(id))!).reverse(),
    us: Number(us),
    count: Number(count),
  }));
}

test('a profile has samples and CPU, shows CPU first, and covers the time given', (t) => {
  const bytes = pprofProfile([{ stack: ['a', 'b'], us: 2.6, count: 3 }], 'join storm', 60_000_000);
  const profile = Profile.decode(gunzipSync(bytes));
  const text = (index: number | bigint): string | undefined => profile.stringTable.strings[Number(index)];
  t.is(text(0), '');
  t.deepEqual(
    profile.sampleType.map(({ type, unit }) => [text(type), text(unit)]),
    [
      ['samples', 'count'],
      ['cpu', 'microseconds'],
    ],
  );
  t.is(text(profile.defaultSampleType), 'cpu');
  t.deepEqual(profile.comment.map(text), ['join storm']);
  t.is(Number(profile.durationNanos), 60e9);
  t.is(Number(profile.timeNanos), 0);
  t.deepEqual(decoded(bytes), [{ stack: ['a', 'b'], us: 3, count: 3 }]);
});

test('a function has no system name, so that readers leave <T> in its name', (t) => {
  const { function: functions } = Profile.decode(
    gunzipSync(pprofProfile([{ stack: ['Tls<Tcp>'], us: 1, count: 1 }], 'x')),
  );
  t.deepEqual(
    functions.map(({ systemName }) => Number(systemName)),
    [0],
  );
});

test('the gzip header holds no time, so equal stacks give equal bytes', (t) => {
  const bytes = pprofProfile([{ stack: ['a'], us: 1, count: 1 }], 'x');
  t.deepEqual([...bytes.subarray(0, 3)], [0x1f, 0x8b, 8]);
  t.deepEqual([...bytes.subarray(4, 8)], [0, 0, 0, 0]);
});

test('a profile decodes to the same stacks', (t) => {
  fc.assert(
    fc.property(stackLists, (stacks) => {
      const bytes = pprofProfile(stacks, 'soak');
      t.deepEqual(
        decoded(bytes),
        mergedStacks(stacks).map(({ stack, us, count }) => ({ stack: [...stack], us, count })),
      );
      t.deepEqual(pprofProfile(stacks.toReversed(), 'soak'), bytes);
    }),
    { seed: 25, numRuns: 200 },
  );
});
