// Profiles that go over the whole population: rolling-restart and mass-failure.
// Invariant: a wave is made of whole rounds, and every churned place is up again when a round ends.
import * as v from 'valibot';
import { formatDuration } from '../duration.ts';
import type { ChurnAction } from './plan.ts';
import { numberBetween } from '../input.ts';
import { defaultRatePerSecond, defineProfile, durationUs, type ChurnProfile, type Population } from './profile.ts';
import { Slots } from './slots.ts';
import { waveStartUs } from './waves.ts';

/** Restarts every churned node in turn, one down at a time, as a deployment does. */
export const rollingRestart: ChurnProfile = defineProfile({
  name: 'rolling-restart',
  summary: 'restarts every node in turn, in a random order, with the same identity; whole rounds in each wave',
  parameters: [
    {
      name: 'stepUs',
      summary: 'time from one node to the next in microseconds, 2 or more; default a second, less above 20 nodes',
    },
    { name: 'downUs', summary: 'down time in microseconds, 0 or more and below stepUs; default half of stepUs' },
    { name: 'graceful', summary: 'whether nodes leave gracefully (true, the default) or are killed' },
  ],
  entries: {
    stepUs: v.exactOptional(durationUs(2)),
    downUs: v.exactOptional(durationUs(0)),
    graceful: v.exactOptional(v.boolean('true or false')),
  },
  settle(input, population, refuse) {
    const stepUs = input.stepUs ?? Math.max(2, Math.floor(1_000_000 / defaultRatePerSecond(population.nodes)));
    const downUs = input.downUs ?? Math.floor(stepUs / 2);
    if (downUs >= stepUs) {
      throw refuse(
        'downUs',
        `received ${downUs}, expected less than stepUs (${stepUs}), so that one node is down at a time`,
      );
    }
    return { stepUs, downUs, graceful: input.graceful ?? true };
  },
  shape: (own, population) => ({
    roundUp: (atLeast) => Math.ceil(atLeast / population.churned) * population.churned,
    spanUs: (perWave) => perWave * own.stepUs,
    actions: (perWave) => perWave,
  }),
  describe: (own) => [
    `a ${own.graceful ? 'graceful restart' : 'kill and restart'} every ${formatDuration(own.stepUs)}, down for ${formatDuration(own.downUs)}`,
  ],
  draw(own, schedule, population, random) {
    const actions: ChurnAction[] = [];
    const peers = Array.from({ length: population.churned }, (_, index) => population.keep + index);
    for (let wave = 0; wave < schedule.waves; wave += 1) {
      for (let step = 0; step < schedule.perWave; step += 1) {
        if (step % peers.length === 0) random.shuffle(peers);
        const atUs = waveStartUs(schedule, wave) + step * own.stepUs;
        const peer = peers[step % peers.length] as number;
        actions.push({ atUs, kind: 'restart', peer, downUs: own.downUs, graceful: own.graceful });
      }
    }
    return actions;
  },
});

/** Kills a share of the churned nodes at one instant; fresh identities restore the size later. */
export const massFailure: ChurnProfile = defineProfile({
  name: 'mass-failure',
  summary: 'kills a share of the nodes at one instant; fresh identities restore the size, later',
  parameters: [
    { name: 'share', summary: 'share of the churned nodes killed at once, above 0 and at most 1; default 0.5' },
    { name: 'recoverUs', summary: 'time to the first fresh join in microseconds, 0 or more; default 10s' },
    { name: 'spreadUs', summary: 'time over which the fresh ones join in microseconds, 0 or more; default 5s' },
    { name: 'settleUs', summary: 'time from there to the next failure in microseconds, 1 or more; default 5s' },
  ],
  entries: {
    share: v.exactOptional(numberBetween(0.000_001, 1)),
    recoverUs: v.exactOptional(durationUs(0)),
    spreadUs: v.exactOptional(durationUs(0)),
    settleUs: v.exactOptional(durationUs(1)),
  },
  settle: (input) => ({
    share: input.share ?? 0.5,
    recoverUs: input.recoverUs ?? 10_000_000,
    spreadUs: input.spreadUs ?? 5_000_000,
    settleUs: input.settleUs ?? 5_000_000,
  }),
  shape(own, population) {
    const perFailure = failureSize(own.share, population);
    return {
      roundUp: (atLeast) => Math.ceil(atLeast / perFailure) * perFailure,
      spanUs: (perWave) => (perWave / perFailure) * failureUs(own),
      actions: (perWave) => perWave * 2,
    };
  },
  describe: (own) => [
    `share killed at once ${own.share}, first fresh join after ${formatDuration(own.recoverUs)}, the others within ${formatDuration(own.spreadUs)}, next failure ${formatDuration(own.settleUs)} later`,
  ],
  draw(own, schedule, population, random) {
    const slots = new Slots(population);
    const actions: ChurnAction[] = [];
    const perFailure = failureSize(own.share, population);
    for (let wave = 0; wave < schedule.waves; wave += 1) {
      for (let killed = 0; killed < schedule.perWave; killed += perFailure) {
        const atUs = waveStartUs(schedule, wave) + (killed / perFailure) * failureUs(own);
        const joinUs = atUs + own.recoverUs;
        for (const slot of random.sample(slots.all, perFailure)) {
          actions.push({ atUs, kind: 'kill', peer: slot.peer });
          slot.peer = slots.fresh();
          actions.push({ atUs: joinUs + random.between(0, own.spreadUs), kind: 'start', peer: slot.peer });
        }
      }
    }
    return actions;
  },
});

function failureSize(share: number, population: Population): number {
  return Math.max(1, Math.round(share * population.churned));
}

function failureUs(own: { recoverUs: number; spreadUs: number; settleUs: number }): number {
  return own.recoverUs + own.spreadUs + own.settleUs;
}
