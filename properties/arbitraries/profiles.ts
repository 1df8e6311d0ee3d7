// Arbitrary churn profiles: a name and its parameters, within ranges that a mesh can bear.
// Invariant: what is drawn resolves for the nodes asked for, given time enough.
import fc from 'fast-check';
import type { AvailabilityTrace } from '../../sim/churn/avt.ts';
import type { SettledRange } from './ranges.ts';

/** Profiles that can be drawn, and that need none but the shared parameters of a population. */
export const PROFILE_NAMES = [
  'none',
  'kill-respawn',
  'restart',
  'graceful',
  'rejoin',
  'rolling-restart',
  'mass-failure',
  'sessions-exponential',
  'sessions-weibull',
  'sessions-pareto',
  'trace',
  'live-rotation',
  'partition',
] as const;

/** Name of a churn profile that can be drawn. */
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** A profile as a scenario takes it. */
export interface DrawnProfile {
  readonly name: ProfileName;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What a profile is for so many nodes. */
export type ProfileForNodes = (nodes: number) => DrawnProfile;

const SECOND_US = 1_000_000;
const seconds = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min, max }).map((count) => count * SECOND_US);
const tenths = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max }).map((count) => count / 10);

/** Churn events per second at a time, in percent of the usual twentieth of the nodes (one at least). */
const ratePercent = fc.integer({ min: 25, max: 200 });

function rateOf(percent: number, nodes: number): number {
  return Math.round(Math.max(1, nodes / 20) * percent) / 100;
}

/**
 * Profiles out of those named, with parameters of their own and a number of waves.
 *
 * @param names - One at least.
 * @param acts - What live rotation may do; one at least when it is among the names.
 * @param waves - How many waves.
 */
export function profiles(
  names: readonly ProfileName[],
  acts: readonly string[],
  waves: SettledRange,
): fc.Arbitrary<ProfileForNodes> {
  return fc.oneof({ withCrossShrink: true }, ...names.map((name) => profileOf(name, acts, waves)));
}

function profileOf(name: ProfileName, acts: readonly string[], waves: SettledRange): fc.Arbitrary<ProfileForNodes> {
  return fc.tuple(parametersOf(name, acts), fc.integer(waves)).map(([params, count]) => (nodes) => ({
    name,
    params: { ...params(nodes), ...(name === 'trace' ? {} : { waves: count }) },
  }));
}

type ParametersForNodes = (nodes: number) => Record<string, unknown>;

function parametersOf(name: ProfileName, acts: readonly string[]): fc.Arbitrary<ParametersForNodes> {
  const same = (params: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<ParametersForNodes> =>
    params.map((drawn) => () => drawn);
  switch (name) {
    case 'none':
      return fc.constant(() => ({}));
    case 'kill-respawn':
    case 'restart':
    case 'graceful':
    case 'rejoin':
      return fc
        .record({
          percent: ratePercent,
          one: fc.integer({ min: 1, max: 100 }),
          other: fc.integer({ min: 1, max: 100 }),
        })
        .map(({ percent, one, other }) => (nodes) => ({
          ratePerSecond: rateOf(percent, nodes),
          minDownUs: Math.min(one, other) * 100_000,
          maxDownUs: Math.max(one, other) * 100_000,
        }));
    case 'rolling-restart':
      return fc
        .record({ percent: ratePercent, down: tenths(1, 9), graceful: fc.boolean() })
        .map(({ percent, down, graceful }) => (nodes) => {
          const stepUs = Math.floor(SECOND_US / rateOf(percent, nodes));
          return { stepUs, downUs: Math.floor(stepUs * down), graceful };
        });
    case 'mass-failure':
      return same(
        fc.record({
          share: tenths(1, 8),
          recoverUs: seconds(0, 30),
          spreadUs: seconds(0, 10),
          settleUs: seconds(1, 20),
        }),
      );
    case 'sessions-exponential':
      return same(fc.record(sessions));
    case 'sessions-weibull':
      return same(fc.record({ ...sessions, shape: tenths(4, 20) }));
    case 'sessions-pareto':
      return same(fc.record({ ...sessions, shape: tenths(15, 40) }));
    case 'trace':
      return traces.map((params) => (nodes) => traceFor(params, nodes));
    case 'live-rotation':
      return fc
        .record({ act: fc.constantFrom(...acts), percent: ratePercent, share: fc.integer({ min: 20, max: 200 }) })
        .map(({ act, percent, share }) => (nodes) => ({
          act,
          ratePerSecond: rateOf(percent, nodes),
          actsPerWave: Math.max(5, Math.round((nodes * share) / 100)),
        }));
    case 'partition':
      return same(
        fc.record({
          faults: fc.subarray(['partition', 'one-way', 'hold', 'black-hole'], { minLength: 1 }),
          share: tenths(1, 5),
          faultUs: seconds(10, 30),
          gapUs: seconds(5, 20),
        }),
      );
  }
}

const sessions = { meanUpUs: seconds(10, 60), meanDownUs: seconds(1, 10), gracefulShare: tenths(0, 10) };

const machine = fc.array(fc.tuple(fc.integer({ min: 60, max: 1_200 }), fc.integer({ min: 10, max: 300 })), {
  minLength: 6,
  maxLength: 12,
  size: 'max',
});

/** Machines that are up for minutes and down for less. */
const traces = fc.record({
  machines: fc.array(machine, { minLength: 20, maxLength: 40, size: 'max' }),
  identity: fc.constantFrom('same', 'fresh'),
  gracefulShare: tenths(0, 10),
  waveUs: seconds(20, 60),
});

function traceFor(
  { machines, ...params }: { readonly machines: readonly (readonly (readonly [number, number])[])[] },
  nodes: number,
): Record<string, unknown> {
  const rows = machines.map((intervals, id) => {
    let atUs = 0;
    const upUs = intervals.flatMap(([up, down]) => {
      const fromUs = atUs;
      atUs += (up + down) * SECOND_US;
      return [fromUs, fromUs + up * SECOND_US];
    });
    return { id: String(id), upUs };
  });
  // Only as many machines as there are nodes to play them; the rest would be dead weight in a file.
  const shown = rows.slice(0, Math.max(1, nodes));
  const durationUs = Math.max(...shown.map(({ upUs }) => upUs.at(-1) ?? 0)) + SECOND_US;
  const intervalCount = shown.reduce((sum, { upUs }) => sum + upUs.length / 2, 0);
  const trace: AvailabilityTrace = { nodes: shown, durationUs, intervalCount };
  return { ...params, trace };
}
