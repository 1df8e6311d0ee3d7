import test from 'ava';
import fc from 'fast-check';
import { Digest } from './digest.ts';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const event = fc.tuple(fc.integer({ min: 0, max: 2 ** 52 - 1 }), int32, int32);
type Event = [number, number, number];

function digestOf(events: readonly Event[]): string {
  const digest = new Digest();
  for (const [timeUs, first, second] of events) digest.event(timeUs, first, second);
  return digest.hex;
}

test('a digest is 16 hexadecimal digits, equal on every engine', (t) => {
  t.regex(new Digest().hex, /^[0-9a-f]{16}$/);
  t.is(new Digest().hex, 'fc92f568641a41cb');
  t.is(
    digestOf([
      [0, 0, 0],
      [2 ** 52 - 1, -1, -1],
      [2 ** 32, 2 ** 31 - 1, -(2 ** 31)],
    ]),
    '6dcb7bf904356187',
  );
  const noted = new Digest();
  noted.text('join p3');
  t.is(noted.hex, '7c93d805a5a50333');
});

test('reading a digest does not change it', (t) => {
  const digest = new Digest();
  digest.event(1, 2, 3);
  t.is(digest.hex, digest.hex);
  digest.event(4, 5, 6);
  t.is(
    digest.hex,
    digestOf([
      [1, 2, 3],
      [4, 5, 6],
    ]),
  );
});

test('any change of one number, any swap and any cut changes the digest', (t) => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 2, maxLength: 20 }), fc.nat(), fc.nat(), (events, at, by) => {
      const before = digestOf(events);
      const place = at % events.length;
      for (const field of [0, 1, 2]) {
        const changed = events.map((each) => [...each] as Event);
        const value = changed[place]![field]!;
        changed[place]![field] = field === 0 ? value ^ (1 + (by % 1000)) : value ^ (1 << (by % 32));
        if (field === 0) changed[place]![0] = Math.abs(events[place]![0] - (1 + (by % 1000)));
        if (digestOf(changed) === before) return false;
      }
      const other = (place + 1) % events.length;
      const swapped = events.slice();
      [swapped[place], swapped[other]] = [swapped[other]!, swapped[place]!];
      const same = JSON.stringify(swapped) === JSON.stringify(events);
      return (same || digestOf(swapped) !== before) && digestOf(events.slice(0, -1)) !== before;
    }),
    { seed: 1, numRuns: 2000 },
  );
  t.pass();
});

test('100,000 similar events give 100,000 different digests on the way', (t) => {
  const digest = new Digest();
  const seen = new Set<string>();
  for (let n = 0; n < 100_000; n++) {
    digest.event(n * 1000, 8, 0);
    seen.add(digest.hex);
  }
  t.is(seen.size, 100_000);
});

test('half of the bits change with the last bit of one event', (t) => {
  let changed = 0;
  const rounds = 500;
  for (let n = 0; n < rounds; n++) {
    const tail: Event[] = [
      [n * 7919 + 10, 1, 2],
      [n * 7919 + 20, 3, 4],
      [n * 7919 + 30, 5, 6],
    ];
    const one = digestOf([[n * 7919, n, n], ...tail]);
    const two = digestOf([[n * 7919, n ^ 1, n], ...tail]);
    for (const half of [0, 8]) {
      const bits = Number.parseInt(one.slice(half, half + 8), 16) ^ Number.parseInt(two.slice(half, half + 8), 16);
      changed += (bits >>> 0).toString(2).replaceAll('0', '').length;
    }
  }
  t.true(Math.abs(changed / rounds - 32) < 2, `${changed / rounds} of 64 bits`);
});

test('texts differ by content, by length and by how they are split', (t) => {
  const digests = [[], [''], ['', ''], ['a'], ['b'], ['ab'], ['a', 'b'], ['ba'], ['\u0000'], ['a\u0000']].map(
    (texts) => {
      const digest = new Digest();
      for (const text of texts) digest.text(text);
      return digest.hex;
    },
  );
  t.is(new Set(digests).size, digests.length);
});
