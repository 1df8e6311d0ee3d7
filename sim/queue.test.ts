import test from 'ava';
import fc from 'fast-check';
import { EventQueue, NODE_WORD, WORD } from './queue.ts';

interface Model {
  atUs: number;
  sequence: number;
  handle: number;
}

/** Delays that land on every level of the wheel and on the borders between them. */
const delays = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 70_000 }),
  fc.constantFrom(8191, 8192, 8193, 57_343, 57_344, 65_535, 65_536, 65_537, 2 ** 26 - 1, 2 ** 26, 2 ** 27, 2 ** 27 + 1),
  fc.integer({ min: 0, max: 200_000_000 }),
  fc.integer({ min: 0, max: 100_000_000_000 }),
  fc.integer({ min: 0, max: 2 ** 48 }),
);

const operations = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('push' as const), delayUs: delays }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('pop' as const), delayUs: delays }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('cancel' as const), pick: fc.nat() }) },
  ),
  { maxLength: 200 },
);

test('queue pops what a sorted list would, under pushes, cancels and limits', (t) => {
  fc.assert(
    fc.property(operations, (list) => {
      const queue = new EventQueue(2);
      let model: Model[] = [];
      let nowUs = 0;
      let sequence = 0;
      for (const operation of list) {
        if (operation.do === 'push') {
          const atUs = nowUs + operation.delayUs;
          if (atUs >= 2 ** 52) continue;
          const event = queue.push(atUs, 1, 0, sequence, undefined);
          model.push({ atUs, sequence, handle: queue.handleOf(event) });
          sequence++;
        } else if (operation.do === 'cancel') {
          const chosen = model[operation.pick % Math.max(1, model.length)];
          if (chosen === undefined) continue;
          if (!queue.cancel(chosen.handle) || queue.cancel(chosen.handle)) return false;
          model = model.filter((entry) => entry !== chosen);
        } else {
          const limitUs = Math.min(nowUs + operation.delayUs, 2 ** 52 - 1);
          const due = model.toSorted((a, b) => a.atUs - b.atUs || a.sequence - b.sequence)[0];
          const event = queue.next(limitUs);
          if (due === undefined || due.atUs > limitUs) {
            if (event !== -1) return false;
            nowUs = limitUs;
            continue;
          }
          if (event < 0 || queue.timeUs !== due.atUs || queue.words[event * 8 + WORD] !== due.sequence) return false;
          queue.free(event);
          if (queue.cancel(due.handle)) return false;
          nowUs = due.atUs;
          model = model.filter((entry) => entry !== due);
        }
        if (queue.size !== model.length) return false;
      }
      for (const due of model.toSorted((a, b) => a.atUs - b.atUs || a.sequence - b.sequence)) {
        const event = queue.next(2 ** 52 - 1);
        if (event < 0 || queue.timeUs !== due.atUs || queue.words[event * 8 + WORD] !== due.sequence) return false;
        queue.free(event);
      }
      return queue.next(2 ** 52 - 1) === -1 && queue.size === 0;
    }),
    { seed: 1, numRuns: 3000 },
  );
  t.pass();
});

test('queue pops equal times in push order', (t) => {
  const queue = new EventQueue();
  for (let word = 0; word < 100; word++) queue.push(word < 50 ? 5_000_000 : 5_000_000, 1, 0, word, undefined);
  const words: number[] = [];
  for (let event = queue.next(1e9); event >= 0; event = queue.next(1e9)) {
    words.push(queue.words[event * 8 + WORD]!);
    queue.free(event);
  }
  t.deepEqual(
    words,
    Array.from({ length: 100 }, (_, index) => index),
  );
});

test('a cancelled timer leaves no record behind', (t) => {
  const queue = new EventQueue(4);
  for (let round = 0; round < 100_000; round++) {
    const handle = queue.handleOf(queue.push(60_000_000, 1, 1, 0, undefined));
    t.true(queue.cancel(handle) || t.fail());
    if (queue.size !== 0) t.fail();
  }
  t.is(queue.words.length, 4 * 8);
});

test('removing by predicate keeps the order of the rest', (t) => {
  const queue = new EventQueue();
  for (let word = 0; word < 1000; word++) queue.push((word * 7919) % 300_000, word % 3, 0, word, undefined);
  t.is(
    queue.removeWhere((node) => node === 1),
    333,
  );
  let lastUs = -1;
  let count = 0;
  for (let event = queue.next(1e9); event >= 0; event = queue.next(1e9)) {
    t.true(queue.timeUs >= lastUs && queue.words[event * 8 + NODE_WORD] !== 1);
    lastUs = queue.timeUs;
    queue.free(event);
    count++;
  }
  t.is(count, 667);
});
