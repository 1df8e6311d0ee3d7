// Micro benchmarks with tinybench: what one call costs.
// Invariant: each task does the same work at every call; batches keep the timer out of the figure.
import { Bench } from 'tinybench';
import { Digest } from '../sim/digest.ts';
import { contentId } from '../sim/random/hash.ts';
import { EventQueue } from '../sim/queue.ts';
import { RandomStreams } from '../sim/random/stream.ts';
import { taskBenches } from './tasks.ts';

/** Calls per task run. */
const BATCH = 1_000;

/** One figure. */
export interface MicroResult {
  readonly name: string;
  readonly nanoseconds: number;
  /** Relative margin of error, in percent. */
  readonly percent: number;
}

/** Runs every micro benchmark; takes a few seconds. */
export async function microBench(): Promise<MicroResult[]> {
  const bench = new Bench({ time: 300, warmupTime: 100 });
  const random = new RandomStreams('micro').stream('micro');
  const digest = new Digest();
  const queue = new EventQueue(4_096);
  let sink = 0;
  const repeat = (work: () => void) => () => {
    for (let call = 0; call < BATCH; call++) work();
  };
  const held = Array.from({ length: 1_000 }, (_, index) => queue.push(10_000 + index * 37, 1, 0, 0, undefined));
  sink += held.length;
  bench
    .add(
      'queue: push, then next (1,000 pending)',
      repeat(() => {
        const event = queue.next(2 ** 51);
        queue.free(event);
        queue.push(queue.timeUs + 10_000 + (sink++ % 40_000), 1, 0, 0, undefined);
      }),
    )
    .add(
      'queue: arm a 500 ms timer, then cancel it',
      repeat(() => {
        queue.cancel(queue.handleOf(queue.push(queue.timeUs + 500_000, 1, 1, 0, undefined)));
      }),
    )
    .add(
      'queue: arm a 60 s timer, then cancel it',
      repeat(() => {
        queue.cancel(queue.handleOf(queue.push(queue.timeUs + 60_000_000, 1, 1, 0, undefined)));
      }),
    )
    .add(
      'digest: one event',
      repeat(() => digest.event(sink++, 8, 1)),
    )
    .add(
      'random: float',
      repeat(() => void (sink += random.float())),
    )
    .add(
      'random: below 40,001',
      repeat(() => void (sink += random.below(40_001))),
    )
    .add(
      'hash: content id of 40 characters',
      repeat(() => void (sink += contentId(`${sink}-0123456789-0123456789-0123456789`).length)),
    );
  for (const tasks of taskBenches()) bench.add(tasks.name, () => tasks.run(BATCH));
  await bench.run();
  return bench.tasks.map(({ name, result }) => {
    const latency = 'latency' in result ? result.latency : undefined;
    return { name, nanoseconds: ((latency?.mean ?? NaN) * 1e6) / BATCH, percent: latency?.rme ?? NaN };
  });
}
