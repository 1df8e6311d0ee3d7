import test from 'ava';
import fc from 'fast-check';
import { Fifo } from './fifo.ts';

test('a queue gives its items as an array that is pushed and shifted would', (t) => {
  const bursts = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 })));
  fc.assert(
    fc.property(bursts, (rounds) => {
      const [fifo, model] = [new Fifo<number>(), [] as number[]];
      let next = 0;
      for (const [pushes, shifts] of rounds) {
        for (let count = 0; count < pushes; count++) {
          fifo.push(next);
          model.push(next++);
        }
        for (let count = 0; count < shifts && model.length > 0; count++) t.is(fifo.shift(), model.shift()!);
        t.is(fifo.length, model.length);
        t.deepEqual(fifo.items(), model);
      }
      fifo.clear();
      t.is(fifo.length, 0);
    }),
    { seed: 311, numRuns: 200 },
  );
});

test('a long backlog leaves in order', (t) => {
  const fifo = new Fifo<number>();
  for (let round = 0; round < 2; round++) {
    for (let item = 0; item < 20_000; item++) fifo.push(item);
    for (let item = 0; item < 20_000; item++) t.true(fifo.shift() === item);
  }
  fifo.push(7);
  t.deepEqual(fifo.items(), [7]);
});
