import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { InputError } from '../errors.ts';
import { RandomStreams } from '../random/stream.ts';
import { parseAvt } from './avt.ts';
import { calmsOf } from './calms.ts';
import { departs, departureCount, lastMomentUs, parsePlan, planEndUs, serialisePlan, type ChurnPlan } from './plan.ts';
import type { ProfileInput, ResolvedProfile } from './profile.ts';
import { churnProfile, churnProfiles } from './profiles.ts';
import { waveStartUs } from './waves.ts';

const CALM_US = 100_000_000;
const TRACE = parseAvt(
  Array.from({ length: 60 }, (_, node) => {
    const times = Array.from({ length: 12 }, (_unused, at) => node * 7 + at * 1_000 + ((node * at) % 13) * 10);
    return `n${node} 6 ${times.join(' ')}`;
  }).join('\n'),
  'test.avt',
);

const inputOf = (name: string, input: ProfileInput): ProfileInput =>
  name === 'trace' ? { ...input, trace: TRACE } : input;
const resolve = (name: string, input: ProfileInput): ResolvedProfile =>
  churnProfile(name).resolve(inputOf(name, input));
const draw = (resolved: ResolvedProfile, seed: string): ChurnPlan =>
  resolved.draw(new RandomStreams(seed).stream('churn'));

/** Runs the plan against the life of peers; returns what would be inert, and actions on kept peers. */
function faultsOf(plan: ChurnPlan, nodes: number, keep: number): string[] {
  type Event = { atUs: number; peer: number; from: readonly string[]; to: string };
  const events: Event[] = [];
  const faults: string[] = [];
  for (const action of plan.actions) {
    const { atUs } = action;
    if ('peer' in action && action.peer < keep) faults.push(`${action.kind} of kept p${action.peer}`);
    switch (action.kind) {
      case 'start':
        events.push({ atUs, peer: action.peer, from: ['unborn'], to: 'up' });
        break;
      case 'stop':
      case 'kill':
        events.push({ atUs, peer: action.peer, from: ['up'], to: 'down' });
        break;
      case 'rejoin':
        events.push({ atUs, peer: action.peer, from: ['down'], to: 'up' });
        break;
      case 'restart':
        events.push({ atUs, peer: action.peer, from: ['up'], to: 'returning' });
        events.push({ atUs: lastMomentUs(action), peer: action.peer, from: ['returning'], to: 'up' });
        break;
      case 'respawn':
        events.push({ atUs, peer: action.peer, from: ['up'], to: 'gone' });
        events.push({ atUs: lastMomentUs(action), peer: action.fresh, from: ['unborn'], to: 'up' });
        break;
      default:
        if ('peer' in action) events.push({ atUs, peer: action.peer, from: ['up'], to: 'up' });
    }
  }
  const states = new Map<number, string>();
  for (const { atUs, peer, from, to } of events.sort((a, b) => a.atUs - b.atUs)) {
    const state = states.get(peer) ?? (peer < nodes ? 'up' : 'unborn');
    if (!from.includes(state)) faults.push(`p${peer} is ${state} at ${atUs}, expected ${from.join(' or ')}`);
    states.set(peer, to);
  }
  return faults;
}

for (const { name } of churnProfiles) {
  test(`${name} draws valid plans without an inert action, and leaves kept peers alone`, (t) => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 1, max: 6 }), fc.nat(), (nodes, waves, seed) => {
        const resolved = resolve(name, { nodes, calmUs: CALM_US, waves });
        const plan = draw(resolved, String(seed));
        t.deepEqual(parsePlan(JSON.parse(serialisePlan(plan)), 'plan.json'), plan);
        t.deepEqual(faultsOf(plan, nodes, resolved.params['keep'] as number), []);
        t.deepEqual(draw(resolved, String(seed)), plan);
        t.true(planEndUs(plan, CALM_US) <= resolved.endUs);
        t.is(departureCount(plan), resolved.departures);
      }),
      { seed: 19, numRuns: 25 },
    );
  });

  test(`${name} separates its waves by calms, and departures grow by the same number each`, (t) => {
    const { schedule, ...resolved } = resolve(name, { nodes: 20, calmUs: CALM_US });
    const plan = draw({ schedule, ...resolved }, 'calm');
    t.is(schedule.waves, 8);
    for (let wave = 0; wave < schedule.waves; wave += 1) {
      const endUs = waveStartUs(schedule, wave) + schedule.spanUs;
      t.is(departureCount(plan, endUs), (wave + 1) * schedule.perWave);
    }
    const window = { calmUs: CALM_US, startUs: 30_000_000, endUs: resolved.endUs, everyUs: CALM_US };
    const calms = calmsOf(plan, window);
    t.true(calms.length >= schedule.waves);
    if (schedule.spanUs > 0) {
      const ends = calms.map(({ untilUs }) => departureCount(plan, untilUs));
      const expected = Array.from({ length: 9 }, (_, wave) => wave * schedule.perWave);
      t.deepEqual([...new Set(ends)], [...new Set(expected)]);
    }
    t.false(calms.some(({ faulted }) => faulted));
  });

  test(`${name} describes every parameter in a line each and refuses an unknown one`, (t) => {
    const resolved = resolve(name, { nodes: 20, calmUs: CALM_US });
    t.true(resolved.describe().length >= 3);
    t.true(resolved.describe().every((line) => line.length > 0 && !/undefined|NaN|\n/.test(line)));
    t.deepEqual(JSON.parse(JSON.stringify(resolved.params)), resolved.params);
    refused(t, name, inputOf(name, { nodes: 20, calmUs: CALM_US, colour: 3 }), 'bad-profile', /colour/);
  });
}

function refused(t: ExecutionContext, name: string, input: ProfileInput, code: string, message: RegExp): void {
  const error = t.throws(() => churnProfile(name).resolve(input), { instanceOf: InputError });
  t.is(error?.code, code);
  t.regex(error?.message ?? '', message);
}

test('with 20 nodes the default plan has 160 departures or more within 15 to 35 virtual minutes', (t) => {
  for (const profile of churnProfiles.filter((candidate) => candidate.departs && candidate.name !== 'trace')) {
    const resolved = profile.resolve({ nodes: 20, calmUs: CALM_US });
    t.true(resolved.departures >= 160, profile.name);
    t.true(resolved.endUs >= 900_000_000 && resolved.endUs <= 2_100_000_000, `${profile.name} ${resolved.endUs}`);
  }
});

test('sessions and waves stay within their room at extreme shapes', (t) => {
  const cases: [string, object][] = [
    ['sessions-weibull', { shape: 0.2 }],
    ['sessions-pareto', { shape: 1.05 }],
    ['sessions-exponential', { meanUpUs: 1_000, meanDownUs: 60_000_000 }],
    ['kill-respawn', { minDownUs: 30_000_000, maxDownUs: 60_000_000 }],
    ['restart', { ratePerSecond: 1_000, maxDownUs: 60_000_000 }],
    ['graceful', { ratePerSecond: 1_000_000 }],
    ['mass-failure', { share: 1, recoverUs: 0, spreadUs: 0 }],
  ];
  for (const [name, own] of cases) {
    const resolved = resolve(name, { nodes: 9, calmUs: CALM_US, departures: 100, ...own });
    const { schedule } = resolved;
    const plan = draw(resolved, 'x');
    t.deepEqual(faultsOf(plan, 9, 3), [], name);
    for (const action of plan.actions) {
      const wave = Math.floor((action.atUs - schedule.warmupUs) / (schedule.spanUs + schedule.calmUs));
      t.true(lastMomentUs(action) <= waveStartUs(schedule, wave) + schedule.spanUs, name);
    }
  }
});

test('a duration is filled with as many waves as fit, and refused when none does', (t) => {
  for (const { name } of churnProfiles) {
    const hour = 3_600_000_000;
    const resolved = resolve(name, { nodes: 20, calmUs: CALM_US, forUs: hour });
    const roundUs = resolved.schedule.spanUs + CALM_US;
    t.true(resolved.endUs <= hour, name);
    if (name !== 'trace') t.true(resolved.endUs + roundUs > hour, name);
    refused(
      t,
      name,
      inputOf(name, { nodes: 20, calmUs: CALM_US, forUs: 10_000_000 }),
      'too-short',
      /^10s is too short for profile .*: needs at least/,
    );
    refused(t, name, inputOf(name, { nodes: 20, calmUs: CALM_US, forUs: hour, waves: 500 }), 'too-short', /./);
  }
});

test('departures are reached in fewer and larger waves when the duration is short', (t) => {
  const resolved = resolve('kill-respawn', { nodes: 20, calmUs: CALM_US, forUs: 600_000_000, departures: 160 });
  t.true(resolved.departures >= 160);
  t.true(resolved.schedule.waves < 8);
  t.true(resolved.endUs <= 600_000_000);
});

test('the parameters of a resolved profile resolve to the same plan', (t) => {
  for (const { name } of churnProfiles.filter((profile) => profile.name !== 'trace')) {
    const first = resolve(name, { nodes: 20, calmUs: CALM_US, forUs: 3_600_000_000 });
    const second = churnProfile(name).resolve(first.params as ProfileInput);
    t.deepEqual(draw(second, 'again'), draw(first, 'again'), name);
  }
});

test('absurd parameters are refused', (t) => {
  const base = { nodes: 20, calmUs: CALM_US };
  refused(t, 'restart', { ...base, nodes: 1 }, 'bad-profile', /nodes: received 1/);
  refused(t, 'restart', { ...base, nodes: 1e9 }, 'bad-profile', /nodes: received 1000000000/);
  refused(t, 'restart', { ...base, keep: 20 }, 'bad-profile', /keep: received 20, expected fewer/);
  refused(t, 'restart', { ...base, calmUs: -1 }, 'bad-profile', /calmUs: received -1/);
  refused(t, 'restart', { ...base, ratePerSecond: 0 }, 'bad-profile', /ratePerSecond: received 0/);
  refused(t, 'restart', { ...base, minDownUs: 5, maxDownUs: 4 }, 'bad-profile', /maxDownUs: received 4/);
  refused(t, 'rolling-restart', { ...base, stepUs: 5, downUs: 5 }, 'bad-profile', /downUs: received 5/);
  refused(t, 'mass-failure', { ...base, share: 1.1 }, 'bad-profile', /share: received 1.1/);
  refused(t, 'partition', { ...base, departures: 5 }, 'bad-profile', /departures/);
  refused(t, 'partition', { ...base, faults: ['flood'] }, 'bad-profile', /faults\[0\]: received "flood"/);
  refused(t, 'sessions-exponential', { ...base, shape: 2 }, 'bad-profile', /shape/);
  refused(t, 'kill-respawn', { ...base, waves: 100_000 }, 'plan-too-long', /actions, expected at most 1000000/);
  refused(t, 'none', { ...base, waves: 100_000, calmUs: 86_400_000_000 }, 'plan-too-long', /ten years/);
  refused(t, 'trace', base, 'bad-profile', /trace: received nothing/);
  t.is(t.throws(() => churnProfile('kill-respwn', '--profile'), { instanceOf: InputError })?.code, 'unknown-profile');
});

test('mass-failure kills the share at one instant', (t) => {
  const resolved = resolve('mass-failure', { nodes: 40, keep: 10, calmUs: CALM_US, waves: 1, departures: 15 });
  const kills = draw(resolved, 's').actions.filter(departs);
  t.is(kills.length, 15);
  t.is(new Set(kills.map(({ atUs }) => atUs)).size, 1);
});

test('rolling-restart takes each churned node once a round, one down at a time', (t) => {
  const resolved = resolve('rolling-restart', { nodes: 12, keep: 2, calmUs: CALM_US, waves: 1, departures: 1 });
  const { actions } = draw(resolved, 's');
  const peers = actions.map((action) => ('peer' in action ? action.peer : -1)).sort((a, b) => a - b);
  t.deepEqual(peers, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  actions.slice(1).forEach((action, at) => t.true(action.atUs > lastMomentUs(actions[at] as (typeof actions)[number])));
});

test('session times have the mean asked for', (t) => {
  for (const name of ['sessions-exponential', 'sessions-weibull', 'sessions-pareto']) {
    const own = name === 'sessions-exponential' ? {} : { shape: 2.5 };
    const resolved = resolve(name, { nodes: 101, keep: 1, calmUs: 1, waves: 1, departures: 20_000, ...own });
    const { actions } = draw(resolved, 'mean');
    const tookUs = (actions.findLast(departs)?.atUs ?? 0) - resolved.schedule.warmupUs;
    const meanCycleUs = (tookUs * 100) / 20_000;
    t.true(Math.abs(meanCycleUs / 24_000_000 - 1) < 0.05, `${name} ${meanCycleUs}`);
  }
});
