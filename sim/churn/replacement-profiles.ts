// Profiles that take one random node at a time: kill-respawn, restart, graceful, rejoin.
// Invariant: departures within a wave are a Poisson process given their number, so a wave's length does not depend on the draw.
import * as v from 'valibot';
import { formatDuration } from '../duration.ts';
import type { RandomStream } from '../random/stream.ts';
import type { ChurnAction } from './plan.ts';
import { numberBetween } from '../input.ts';
import {
  defaultRatePerSecond,
  defineProfile,
  durationUs,
  type ChurnProfile,
  type Population,
  type ProfileParameter,
  type Refuse,
} from './profile.ts';
import { Slots, type Slot } from './slots.ts';
import { waveStartUs, type WaveSchedule } from './waves.ts';

interface ReplacementParams {
  /** Departures per virtual second within a wave. */
  readonly ratePerSecond: number;
  /** Down time is uniform between these, both included; microseconds. */
  readonly minDownUs: number;
  readonly maxDownUs: number;
}

const entries = {
  ratePerSecond: v.exactOptional(numberBetween(0.000_001, 1_000_000)),
  minDownUs: v.exactOptional(durationUs(0)),
  maxDownUs: v.exactOptional(durationUs(0)),
};

/** How one departure of a slot is written, and what the slot holds afterwards. */
type Replace = (slot: Slot, slots: Slots, atUs: number, downUs: number) => ChurnAction[];

/** Kills a random node and starts a fresh identity in its place. */
export const killRespawn: ChurnProfile = replacementProfile(
  'kill-respawn',
  'kills random nodes at a rate; a fresh identity takes each place',
  { minDownUs: 0, maxDownUs: 0 },
  (slot, slots, atUs, downUs) => {
    const peer = slot.peer;
    slot.peer = slots.fresh();
    return [{ atUs, kind: 'respawn', peer, fresh: slot.peer, downUs }];
  },
);

/** Kills a random node and starts it again with the same identity. */
export const restart: ChurnProfile = replacementProfile(
  'restart',
  'kills random nodes at a rate; each is back with the same identity after a down time',
  { minDownUs: 100_000, maxDownUs: 5_000_000 },
  (slot, _slots, atUs, downUs) => [{ atUs, kind: 'restart', peer: slot.peer, downUs }],
);

/** Lets a random node leave gracefully; a fresh identity joins later. */
export const graceful: ChurnProfile = replacementProfile(
  'graceful',
  'random nodes leave gracefully at a rate; a fresh identity joins for each, later',
  { minDownUs: 100_000, maxDownUs: 5_000_000 },
  (slot, slots, atUs, downUs) => {
    const peer = slot.peer;
    slot.peer = slots.fresh();
    return [
      { atUs, kind: 'stop', peer },
      { atUs: atUs + downUs, kind: 'start', peer: slot.peer },
    ];
  },
);

/** Lets a random node leave gracefully; the same identity joins again later. */
export const rejoin: ChurnProfile = replacementProfile(
  'rejoin',
  'random nodes leave gracefully at a rate; each joins again with the same identity, later',
  { minDownUs: 100_000, maxDownUs: 5_000_000 },
  (slot, _slots, atUs, downUs) => [
    { atUs, kind: 'stop', peer: slot.peer },
    { atUs: atUs + downUs, kind: 'rejoin', peer: slot.peer },
  ],
);

function replacementProfile(
  name: string,
  summary: string,
  down: { minDownUs: number; maxDownUs: number },
  replace: Replace,
): ChurnProfile {
  return defineProfile({
    name,
    summary,
    parameters: parametersOf(down),
    entries,
    settle: (input, population, refuse) => settle(input, down, population, refuse),
    shape: (own, population) => ({
      // Whole seconds read better in a header.
      spanUs: (perWave) => Math.ceil((churnUs(own, perWave) + tailUs(own, population, perWave)) / 1e6) * 1e6,
      actions: (perWave) => perWave * 2,
    }),
    describe: (own) => [
      `${own.ratePerSecond} departures per second within a wave, down for ${formatDuration(own.minDownUs)} to ${formatDuration(own.maxDownUs)}`,
    ],
    draw: (own, schedule, population, random) => drawReplacements(own, schedule, population, random, replace),
  });
}

function parametersOf(down: { minDownUs: number; maxDownUs: number }): ProfileParameter[] {
  return [
    {
      name: 'ratePerSecond',
      summary: 'departures per virtual second within a wave, above 0; default a twentieth of the nodes, 1 at least',
    },
    {
      name: 'minDownUs',
      summary: `shortest down time in microseconds, 0 or more; default ${formatDuration(down.minDownUs)}, or maxDownUs when that is less`,
    },
    {
      name: 'maxDownUs',
      summary: `longest down time in microseconds, minDownUs or more; default ${formatDuration(down.maxDownUs)}, or minDownUs when that is more`,
    },
  ];
}

function settle(
  input: Partial<ReplacementParams>,
  down: { minDownUs: number; maxDownUs: number },
  population: Population,
  refuse: Refuse,
): ReplacementParams {
  const minDownUs = input.minDownUs ?? Math.min(down.minDownUs, input.maxDownUs ?? down.minDownUs);
  const maxDownUs = input.maxDownUs ?? Math.max(down.maxDownUs, minDownUs);
  if (maxDownUs < minDownUs)
    throw refuse('maxDownUs', `received ${maxDownUs}, expected minDownUs (${minDownUs}) or more`);
  return { ratePerSecond: input.ratePerSecond ?? defaultRatePerSecond(population.nodes), minDownUs, maxDownUs };
}

function churnUs(own: ReplacementParams, perWave: number): number {
  return Math.ceil((perWave / own.ratePerSecond) * 1_000_000);
}

/**
 * Room after the last draw of a wave: departures that found every slot down wait for one, at worst all of them in
 * rounds over the slots, and the last one has to come back.
 */
function tailUs(own: ReplacementParams, population: Population, perWave: number): number {
  return (Math.ceil(perWave / population.churned) + 1) * (own.maxDownUs + 1);
}

function drawReplacements(
  own: ReplacementParams,
  schedule: WaveSchedule,
  population: Population,
  random: RandomStream,
  replace: Replace,
): ChurnAction[] {
  const slots = new Slots(population);
  const actions: ChurnAction[] = [];
  const lengthUs = churnUs(own, schedule.perWave);
  for (let wave = 0; wave < schedule.waves; wave += 1) {
    const startUs = waveStartUs(schedule, wave);
    const times = Array.from({ length: schedule.perWave }, () => startUs + Math.floor(random.float() * lengthUs));
    for (const atUs of times.sort((a, b) => a - b)) {
      const slot = slots.free(atUs, random);
      const departUs = Math.max(atUs, slot.freeAtUs);
      const downUs = random.between(own.minDownUs, own.maxDownUs);
      actions.push(...replace(slot, slots, departUs, downUs));
      // One microsecond of life at least, so that no action meets a peer at the very instant of its start.
      slot.freeAtUs = departUs + downUs + 1;
    }
  }
  return actions;
}
