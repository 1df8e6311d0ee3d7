// The judges of resources, tasks and progress, each red and green on whole runs of a small model.
import test from 'ava';
import { householdSoak } from '../soak/household.test.fixture.ts';
import type { HouseholdFault } from '../soak/household.test.fixture.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { SoakResult } from '../soak/judge.ts';
import type { ScenarioInput } from '../soak/scenario.ts';

const RESPAWN: ScenarioInput = { profile: { name: 'kill-respawn', params: { waves: 8, departures: 24 } } };
const GRACEFUL: ScenarioInput = { profile: { name: 'graceful', params: { waves: 4 } } };
const STEADY: ScenarioInput = { profile: { name: 'none' }, for: '30m' };

interface Case {
  readonly fault: HouseholdFault;
  readonly scenario: ScenarioInput;
  readonly breaks: string;
  readonly says: RegExp;
}

const CASES: readonly Case[] = [
  { fault: 'reader-stays', scenario: RESPAWN, breaks: 'tasks-finish', says: /^task household.reader: \d+ past their/ },
  { fault: 'readers-pile', scenario: RESPAWN, breaks: 'tasks-finish', says: /^task household.pile: .* per departure/ },
  {
    fault: 'link-stays',
    scenario: RESPAWN,
    breaks: 'connections-bounded',
    says: /household.link: \d+ past .* about p/,
  },
  { fault: 'links-pile', scenario: STEADY, breaks: 'connections-bounded', says: /household.link: \d+ superseded and/ },
  {
    fault: 'links-pile',
    scenario: STEADY,
    breaks: 'connections-bounded',
    says: /has \d+ open connections of household.link to/,
  },
  { fault: 'links-pile', scenario: STEADY, breaks: 'connections-bounded', says: /connections per virtual hour/ },
  {
    fault: 'strangers-linked',
    scenario: STEADY,
    breaks: 'connections-bounded',
    says: /household.link: \d+ unused between peers that are no neighbours at calm \d+, such as p\d about p\d/,
  },
  {
    fault: 'half-open-stays',
    scenario: RESPAWN,
    breaks: 'connections-bounded',
    says: /^half-open household.dial: \d+/,
  },
  {
    fault: 'span-grows',
    scenario: STEADY,
    breaks: 'spans-bounded',
    says: /^span telemetry.actor: .* per virtual hour/,
  },
  { fault: 'span-grows', scenario: RESPAWN, breaks: 'spans-bounded', says: /^span telemetry.actor: .* per departure/ },
  { fault: 'span-grows', scenario: STEADY, breaks: 'heap-plateaus', says: /^heap of telemetry: .* bytes per virtual/ },
  { fault: 'heap-grows', scenario: RESPAWN, breaks: 'heap-plateaus', says: /^heap of attic: .* bytes per departure/ },
  {
    fault: 'spins',
    scenario: STEADY,
    breaks: 'no-busy-loop',
    says: /^household.spinner: \d+ idle polls in a row at 1m/,
  },
  {
    fault: 'feeds-itself',
    scenario: STEADY,
    breaks: 'no-busy-loop',
    says: /^household.glutton: polled without end within an instant \d+ times, first at 1m.* in p0 /,
  },
  {
    fault: 'panics',
    scenario: STEADY,
    breaks: 'no-wedge',
    says: /^household.fool of p\d panicked at .*: the fool fell/,
  },
  { fault: 'inbox-waits', scenario: STEADY, breaks: 'no-wedge', says: /^buffer household.inbox: 6 in which .* p0, / },
  { fault: 'queue-waits', scenario: STEADY, breaks: 'no-wedge', says: /^buffer household.queue: 6 in .* about p/ },
  {
    fault: 'discards',
    scenario: STEADY,
    breaks: 'no-wedge',
    says: /^p\d threw away \d+ messages for p\d in calm .* no link/,
  },
  {
    fault: 'joins-late',
    scenario: RESPAWN,
    breaks: 'no-wedge',
    says: /^p\d+ \(life 1\), .* after 7\.5s; \d+ of \d+ starts/,
  },
  {
    fault: 'stays-alone',
    scenario: RESPAWN,
    breaks: 'no-wedge',
    says: /node(s)? without a neighbour while others run/,
  },
  { fault: 'stays-alone', scenario: RESPAWN, breaks: 'no-wedge', says: /its first neighbour not within/ },
  { fault: 'never-stops', scenario: GRACEFUL, breaks: 'no-wedge', says: /told to stop and still running .* since/ },
  {
    fault: 'cpu-creeps',
    scenario: STEADY,
    breaks: 'cost-settles',
    says: /^microseconds of CPU .* grow by \d+ per virtual/,
  },
  {
    fault: 'cpu-stays-up',
    scenario: RESPAWN,
    breaks: 'cost-settles',
    says: /^calm \d+: microseconds of CPU \d+ per node/,
  },
  {
    fault: 'joins-again',
    scenario: STEADY,
    breaks: 'cost-settles',
    says: /^joins of peers already joined in calms.*to 9\.97/,
  },
];

const runs = new Map<string, SoakResult>();

function run(scenario: ScenarioInput, ...faults: HouseholdFault[]): SoakResult {
  const key = JSON.stringify([scenario, faults]);
  let result = runs.get(key);
  if (result === undefined) runs.set(key, (result = judgeSoak(householdSoak(scenario, ...faults), { twice: false })));
  return result;
}

for (const { fault, scenario, breaks, says } of CASES) {
  test(`${breaks} tells of ${fault} under ${scenario.profile!.name}: ${String(says)}`, (t) => {
    const verdict = run(scenario, fault).verdicts.find(({ name }) => name === breaks)!;
    t.false(verdict.ok, verdict.figure);
    const lines = verdict.evidence.map(({ text }) => text);
    t.true(
      lines.some((line) => says.test(line)),
      lines.join('\n'),
    );
    t.true(verdict.firstBrokenUs! > 0 && verdict.firstBrokenUs! <= run(scenario, fault).record.endUs);
  });
}

test('without a fault every property holds, and those of tasks and resources are judged', (t) => {
  const names = ['tasks-finish', 'connections-bounded', 'spans-bounded', 'heap-plateaus', 'no-busy-loop', 'no-wedge'];
  for (const scenario of [RESPAWN, GRACEFUL, STEADY]) {
    const { verdicts } = run(scenario);
    t.deepEqual(
      verdicts.filter(({ ok }) => !ok).map(({ name, figure }) => `${name}: ${figure}`),
      [],
    );
    for (const name of names) t.true(verdicts.find((verdict) => verdict.name === name)!.judged, name);
  }
});

test('observing changes nothing in a run of tasks that cost', (t) => {
  const soak = householdSoak(RESPAWN);
  const { record } = judgeSoak(soak, { costWindows: true });
  t.is(record.again?.digest, record.digest);
});
