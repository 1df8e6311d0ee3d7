// The profile live-rotation: nodes that run do something of their own, again and again; nobody departs.
// Invariant: acts within a wave are a Poisson process given their number, and none has to be ended.
import * as v from 'valibot';
import { numberBetween, integerBetween } from '../input.ts';
import type { ChurnAction } from './plan.ts';
import { defaultRatePerSecond, defineProfile, type ChurnProfile } from './profile.ts';
import { waveStartUs } from './waves.ts';

/** Lets random nodes leave the overlay and enter it again while they run; leaks that an idle timeout hides from kills show here. */
export const liveRotation: ChurnProfile = defineProfile({
  name: 'live-rotation',
  summary:
    'running nodes leave the overlay and enter it again at a rate, or do another act of their model; nobody departs',
  departs: false,
  parameters: [
    { name: 'act', summary: "the model's act; default rotate" },
    {
      name: 'ratePerSecond',
      summary: 'acts per virtual second within a wave, above 0; default a twentieth of the nodes, 1 at least',
    },
    { name: 'actsPerWave', summary: 'acts of a wave, an integer from 1 to 100000; default the nodes, 20 at least' },
  ],
  entries: {
    act: v.exactOptional(v.pipe(v.string('the name of an act'), v.minLength(1), v.maxLength(100))),
    ratePerSecond: v.exactOptional(numberBetween(0.000_001, 1_000_000)),
    actsPerWave: v.exactOptional(integerBetween(1, 100_000)),
  },
  settle: (input, population) => ({
    act: input.act ?? 'rotate',
    ratePerSecond: input.ratePerSecond ?? defaultRatePerSecond(population.nodes),
    actsPerWave: input.actsPerWave ?? Math.max(20, population.nodes),
  }),
  shape: (own) => ({
    spanUs: () => Math.ceil(own.actsPerWave / own.ratePerSecond) * 1_000_000,
    actions: () => own.actsPerWave,
  }),
  describe: (own) => [`${own.actsPerWave} times ${own.act} in a wave, ${own.ratePerSecond} per second`],
  draw(own, schedule, population, random) {
    const lengthUs = Math.ceil(own.actsPerWave / own.ratePerSecond) * 1_000_000;
    const actions: ChurnAction[] = [];
    for (let wave = 0; wave < schedule.waves; wave += 1) {
      const startUs = waveStartUs(schedule, wave);
      for (let count = 0; count < own.actsPerWave; count += 1) {
        const peer = population.keep + random.below(population.churned);
        actions.push({ atUs: startUs + random.below(lengthUs), kind: 'act', peer, act: own.act });
      }
    }
    return actions;
  },
});
