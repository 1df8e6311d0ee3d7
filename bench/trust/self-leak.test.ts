import test from 'ava';
import { growthOf, SelfLeakWatch, shortSoak } from './self-leak.ts';
import type { Remains } from './self-leak.ts';

function remains(soaks: number, change: Partial<Remains> = {}): Remains {
  return { soaks, heapKiB: 20_000, simulations: 0, worlds: 0, resources: 1, contexts: 1, ...change };
}

test('nothing of a soak that is over is held', async (t) => {
  const watch = new SelfLeakWatch();
  for (let index = 0; index < 8; index++) watch.run(shortSoak(index));
  t.like(await watch.measure(), { soaks: 8, simulations: 0, worlds: 0 });
});

test('a world that somebody holds is counted, with its simulation', async (t) => {
  const watch = new SelfLeakWatch();
  const held: unknown[] = [];
  for (let index = 0; index < 4; index++) {
    const soak = shortSoak(index);
    const build: typeof soak.model.build = (context) => {
      const world = soak.model.build(context);
      held.push(world);
      return world;
    };
    watch.run({ ...soak, model: { ...soak.model, build } });
  }
  const { simulations, worlds } = await watch.measure();
  t.deepEqual({ simulations, worlds, held: held.length }, { simulations: 4, worlds: 4, held: 4 });
});

test('a heap that wobbles holds, and one that gains half a KiB per soak grows', (t) => {
  const soaks = Array.from({ length: 40 }, (_, index) => (index + 1) * 25);
  const wobble = (at: number): number => ((at * 7919) % 100) - 50;
  const [steady, leaking] = [0, 0.5].map((perSoak) =>
    soaks.map((at) => remains(at, { heapKiB: 20_000 + wobble(at) + perSoak * at })),
  );
  const growsIn = (series: readonly Remains[]): string[] =>
    growthOf(series)
      .filter(({ growth }) => growth.grows)
      .map(({ name }) => name);
  t.deepEqual(growsIn(steady!), []);
  t.deepEqual(growsIn(leaking!), ['heapKiB']);
});

test('one simulation more in every hundred soaks grows', (t) => {
  const series = Array.from({ length: 40 }, (_, index) => remains((index + 1) * 25, { simulations: index >> 2 }));
  const grown = growthOf(series).filter(({ growth }) => growth.grows);
  t.deepEqual(
    grown.map(({ name }) => name),
    ['simulations'],
  );
});
