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
  for (let word = 0; word < 100; word++) queue.push(5_000_000, 1, 0, word, undefined);
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

const BLOCK_US = 8192;
const SUPER_US = 2 ** 26;
const ERA_US = SUPER_US * 512;

/** Takes everything that is due until `limitUs`, as `time:word`. */
function drained(queue: EventQueue, limitUs: number): string[] {
  const taken: string[] = [];
  for (let event = queue.next(limitUs); event >= 0; event = queue.next(limitUs)) {
    taken.push(`${queue.timeUs}:${queue.words[event * 8 + WORD]}`);
    queue.free(event);
  }
  return taken;
}

test('events on both sides of every border of the wheel leave on time', (t) => {
  const borders = [BLOCK_US, BLOCK_US * 8, SUPER_US, SUPER_US * 2, ERA_US, ERA_US * 2, ERA_US * 3, ERA_US * 1000];
  for (const startUs of [
    0,
    1,
    BLOCK_US - 1,
    BLOCK_US,
    65_535,
    SUPER_US - 1,
    SUPER_US + 12_345,
    ERA_US - 1,
    ERA_US * 7 + 5,
  ]) {
    const queue = new EventQueue(4);
    queue.next(startUs);
    const times = borders.flatMap((border) => {
      const nextUs = (Math.floor(startUs / border) + 1) * border;
      return [nextUs - 1, nextUs, nextUs + 1, startUs + border - 1, startUs + border, startUs + border + 1];
    });
    times.forEach((atUs, word) => queue.push(atUs, 1, 0, word, undefined));
    const expected = times
      .map((atUs, word) => ({ atUs, word }))
      .toSorted((a, b) => a.atUs - b.atUs || a.word - b.word)
      .map(({ atUs, word }) => `${atUs}:${word}`);
    t.deepEqual(drained(queue, 2 ** 52 - 1), expected, `from ${startUs}`);
  }
});

test('idle hours, days and eras are jumped, and what waited and what comes keep their order', (t) => {
  const hourUs = 3_600_000_000;
  const queue = new EventQueue(4);
  let nowUs = 0;
  for (const idleUs of [hourUs, 9.5 * hourUs, 24 * hourUs, 48 * hourUs + 1, 365 * 24 * hourUs, 3650 * 24 * hourUs, 7]) {
    const farUs = nowUs + idleUs + 3 * hourUs;
    queue.push(farUs, 1, 0, 1, undefined);
    nowUs += idleUs;
    t.deepEqual(drained(queue, nowUs), []);
    t.is(queue.timeUs, nowUs);
    queue.push(farUs, 1, 0, 2, undefined);
    queue.push(nowUs, 1, 0, 3, undefined);
    queue.push(farUs - 1, 1, 0, 4, undefined);
    const expected = [`${nowUs}:3`, `${farUs - 1}:4`, `${farUs}:1`, `${farUs}:2`];
    nowUs = farUs;
    t.deepEqual(drained(queue, nowUs), expected);
  }
});

test('a limit before the next event leaves it where it is, however often it is asked', (t) => {
  for (const atUs of [5, 9_000, 70_000, SUPER_US * 3 + 1, ERA_US * 2 + 77, ERA_US * 50]) {
    const queue = new EventQueue(4);
    queue.push(atUs, 1, 0, 1, undefined);
    for (const share of [0, 0.25, 0.5, 0.5, 0.999]) t.is(queue.next(Math.floor(atUs * share)), -1);
    t.is(queue.next(atUs - 1), -1);
    queue.push(atUs, 1, 0, 2, undefined);
    t.is(queue.next(0), -1, 'a limit in the past');
    t.deepEqual(drained(queue, atUs), [`${atUs}:1`, `${atUs}:2`]);
  }
});

test('timers of every level can be cancelled after the clock has moved them between levels', (t) => {
  const delays = [10, 60_000, 70_000, 5_000_000, SUPER_US + 5, SUPER_US * 3, ERA_US + 5, ERA_US * 2 + 5, ERA_US * 9];
  for (const movedUs of [0, 9, 59_000, 69_999, 4_999_999, SUPER_US, SUPER_US * 2.5, ERA_US, ERA_US * 2, ERA_US * 8]) {
    const queue = new EventQueue(2);
    const handles = delays.map((delayUs, word) => queue.handleOf(queue.push(delayUs, 1, 1, word, undefined)));
    const due = delays.filter((delayUs) => delayUs <= movedUs).length;
    t.is(drained(queue, movedUs).length, due);
    handles.forEach((handle, place) => t.is(queue.cancel(handle), place >= due, `${movedUs}: ${delays[place]}`));
    t.is(queue.size, 0);
    t.is(queue.next(2 ** 52 - 1), -1);
  }
});

test('the last moment of time can be reached, and the queue grows through all of it', (t) => {
  const queue = new EventQueue(1);
  const times = Array.from({ length: 2_000 }, (_, n) => Math.floor((n / 1_999) * (2 ** 52 - 1)));
  for (let n = times.length - 1; n >= 0; n--) queue.push(times[n]!, 1, 0, n, n);
  t.is(queue.size, 2_000);
  let visited = 0;
  queue.forEach((_event, atUs, node, kind, payload) => {
    if (times[payload as number] === atUs && node === 1 && kind === 0) visited++;
  });
  t.is(visited, 2_000);
  t.deepEqual(
    drained(queue, 2 ** 52 - 1),
    times.map((atUs, n) => `${atUs}:${n}`),
  );
  t.true(queue.payloads.every((payload) => payload === undefined));
});

test('a hundred thousand long timers that are replaced on every tick cost no more than one', (t) => {
  const queue = new EventQueue(4);
  let handle = -1;
  for (let nowUs = 0; nowUs < 100_000 * 50_000; nowUs += 50_000) {
    queue.cancel(handle);
    handle = queue.handleOf(queue.push(nowUs + 60_000_000, 1, 1, 0, undefined));
    if (queue.next(nowUs) !== -1) t.fail();
  }
  t.is(queue.size, 1);
  t.is(queue.words.length, 4 * 8);
});
