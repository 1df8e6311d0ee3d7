// Profiles without departures: partition (waves of network faults) and none (time alone).
// Invariant: every fault a wave opens is closed within the wave, so that no calm is faulted.
import * as v from 'valibot';
import { formatDuration } from '../duration.ts';
import type { RandomStream } from '../random/stream.ts';
import type { ChurnAction } from './plan.ts';
import { numberBetween } from '../input.ts';
import { defineProfile, durationUs, type ChurnProfile, type Population } from './profile.ts';
import { waveStartUs } from './waves.ts';

const FAULTS = ['partition', 'one-way', 'hold', 'black-hole'] as const;
type Fault = (typeof FAULTS)[number];

/**
 * Waves of network faults, each kind once a wave in random order. Kept peers are never alone the subject of a fault:
 * they are on the larger side of a partition, no message of theirs is held, and they are in no black hole.
 */
export const partition: ChurnProfile = defineProfile({
  name: 'partition',
  summary: 'network faults that open and close: partitions, one-way partitions, held links, black holes',
  departs: false,
  parameters: [
    { name: 'faults', summary: `kinds of fault in each wave, out of ${FAULTS.join(', ')}; default all` },
    { name: 'share', summary: 'share of the churned nodes that a fault hits, above 0 and at most 1; default 0.5' },
    { name: 'faultUs', summary: 'how long a fault is open in microseconds, 1 or more; default 10s' },
    { name: 'gapUs', summary: 'time from one fault to the next in microseconds, 1 or more; default 10s' },
  ],
  entries: {
    faults: v.exactOptional(
      v.pipe(
        v.array(v.picklist(FAULTS), 'a list of kinds of fault'),
        v.minLength(1, 'at least one kind of fault'),
        v.check((faults) => new Set(faults).size === faults.length, 'each kind of fault once'),
      ),
    ),
    share: v.exactOptional(numberBetween(0.000_001, 1)),
    faultUs: v.exactOptional(durationUs(1)),
    gapUs: v.exactOptional(durationUs(1)),
  },
  settle: (input) => ({
    faults: input.faults ?? [...FAULTS],
    share: input.share ?? 0.5,
    faultUs: input.faultUs ?? 10_000_000,
    gapUs: input.gapUs ?? 10_000_000,
  }),
  shape: (own, population) => ({
    spanUs: () => own.faults.length * (own.faultUs + own.gapUs),
    actions: () => own.faults.length * 2 * hitCount(own.share, population),
  }),
  describe: (own) => [
    `${own.faults.join(', ')}, each open for ${formatDuration(own.faultUs)} with gaps of ${formatDuration(own.gapUs)}, share of the nodes hit ${own.share}`,
  ],
  draw(own, schedule, population, random) {
    const actions: ChurnAction[] = [];
    for (let wave = 0; wave < schedule.waves; wave += 1) {
      let atUs = waveStartUs(schedule, wave);
      for (const fault of random.shuffle([...own.faults])) {
        const hit = hitPeers(own.share, population, random);
        actions.push(...openAndClose(fault, hit, population, random, atUs, atUs + own.faultUs));
        atUs += own.faultUs + own.gapUs;
      }
    }
    return actions;
  },
});

/** No churn at all: collections that grow with time, messages or telemetry alone show best here. */
export const none: ChurnProfile = defineProfile({
  name: 'none',
  summary: 'no churn: time alone, cut into calms',
  departs: false,
  parameters: [],
  entries: {},
  settle: () => ({}),
  shape: () => ({ spanUs: () => 0, actions: () => 0 }),
  describe: () => [],
  draw: () => [],
});

function hitCount(share: number, population: Population): number {
  return Math.max(1, Math.round(share * population.churned));
}

function hitPeers(share: number, population: Population, random: RandomStream): number[] {
  const churned = Array.from({ length: population.churned }, (_, index) => population.keep + index);
  return random.sample(churned, hitCount(share, population)).sort((a, b) => a - b);
}

function openAndClose(
  fault: Fault,
  hit: number[],
  population: Population,
  random: RandomStream,
  openUs: number,
  closeUs: number,
): ChurnAction[] {
  switch (fault) {
    case 'partition':
      return [
        { atUs: openUs, kind: 'partition', groups: [[], hit], name: fault },
        { atUs: closeUs, kind: 'heal', name: fault },
      ];
    case 'one-way':
      return [
        { atUs: openUs, kind: 'partition', groups: [[], hit], oneWay: true, name: fault },
        { atUs: closeUs, kind: 'heal', name: fault },
      ];
    case 'hold':
      return hit.flatMap((from): ChurnAction[] => {
        // Any other peer: the indices above `from` move down by one.
        const other = random.below(population.nodes - 1);
        const to = other >= from ? other + 1 : other;
        return [
          { atUs: openUs, kind: 'hold', from, to },
          { atUs: closeUs, kind: 'release', from, to },
        ];
      });
    case 'black-hole':
      return hit.flatMap((peer): ChurnAction[] => [
        { atUs: openUs, kind: 'black-hole', peer, on: true },
        { atUs: closeUs, kind: 'black-hole', peer, on: false },
      ]);
  }
}
