import test from 'ava';
import type { ExecutionContext } from 'ava';
import { judgeSoak } from '../soak/judge.ts';
import { resolveScenario, SCENARIOS } from '../soak/scenario.ts';
import type { ScenarioInput } from '../soak/scenario.ts';
import { INCIDENTS } from './index.ts';
import type { Incident, IncidentRun } from './incident.ts';
import { variantScenario } from './report.ts';
import { NOTHING } from './settings.ts';

function named(name: string): Incident {
  return INCIDENTS.find((incident) => incident.name === name)!;
}

/** One run of an incident, with fields of its scenario replaced so that it is shorter. */
function played(name: string, key: string, shorter: ScenarioInput = {}): IncidentRun {
  const incident = named(name);
  const variant = incident.runs.find((run) => run.key === key)!;
  const scenario = variantScenario(incident, { ...variant, change: { ...variant.change, ...shorter } });
  return { ...judgeSoak(resolveScenario(scenario), { twice: false }), key, title: variant.title };
}

/** What the rows of some runs say, by what they are about. */
function figures(name: string, ...runs: IncidentRun[]): Map<string, string> {
  const rows = named(name).rows(new Map(runs.map((run) => [run.key, run])));
  return new Map(rows.map(({ what, measured }) => [what, measured]));
}

function broken({ verdicts }: IncidentRun): string[] {
  return verdicts.filter(({ ok }) => !ok).map(({ name }) => name);
}

/** Red as reported by all of `properties`, green when fixed. */
function redThenGreen(
  t: ExecutionContext,
  name: string,
  properties: readonly string[],
  shorter: ScenarioInput = {},
): [reported: IncidentRun, fixed: IncidentRun] {
  const [reported, fixed] = [played(name, 'reported', shorter), played(name, 'fixed', shorter)];
  const red = broken(reported);
  t.deepEqual(
    properties.filter((property) => !red.includes(property)),
    [],
    `${name} as reported broke ${red.join()}`,
  );
  t.deepEqual(broken(fixed), [], `${name} fixed`);
  return [reported, fixed];
}

function numbers(text: string | undefined): number[] {
  return (text ?? '').split(' → ').map(Number);
}

test('the ten incidents are scenarios, and each of their runs can be resolved', (t) => {
  t.deepEqual(
    INCIDENTS.map(({ name }) => name),
    [
      'join-storm',
      'stuck-loops',
      'ghost-connections',
      'debug-telemetry',
      'spinning-channel',
      'close-notify-spin',
      'shuffle-leak',
      'half-open',
      'address-map',
      'hub-vs-mesh',
    ],
  );
  for (const incident of INCIDENTS) {
    t.true(SCENARIOS.some(({ name }) => name === incident.name));
    for (const run of incident.runs) t.notThrows(() => resolveScenario(variantScenario(incident, run)), run.key);
    if (incident.name !== 'hub-vs-mesh') t.true((incident.scenario.defects?.length ?? 0) > 0);
  }
});

test('join-storm: exactly 3,240 join attempts a second among 18 nodes and an observer', (t) => {
  const run = played('join-storm', 'reported', { for: '6s' });
  const rows = figures('join-storm', run);
  t.regex(rows.get('join attempts per second, cluster-wide')!, /^3240 →/);
  t.is(rows.get('the same, were only neighbours asked'), '900');
  t.regex(rows.get('nodes live throughout')!, /^19 of 19 →/);
  const [cpu] = numbers(rows.get('CPU of 80 cores'));
  t.true(cpu! > 30 && cpu! < 40, `${cpu}% of the host, to which the cost of a handshake is calibrated`);
  const [overLinks] = numbers(rows.get('handshakes per join attempt, begun by the join'));
  t.true(overLinks! < 0.6, 'most joins go over a link or wait for a dial');
});

test('join-storm: 3,240 handshakes a second, one for each attempt, when every join dials', (t) => {
  const rows = figures('join-storm', played('join-storm', 'dial-always', { for: '5600ms' }));
  const begun = rows.get('handshakes begun by joins per second, if each dials')!;
  t.true(Math.abs(numbers(begun)[0]! - 3240) <= 32, begun);
  const ofDialAlways = (what: string): number => numbers(rows.get(what)).find((figure) => !Number.isNaN(figure))!;
  t.true(Math.abs(ofDialAlways('handshakes per join attempt, begun by the join') - 1) <= 0.01);
  const others = ofDialAlways('handshakes that follow from evictions, per second');
  const all = ofDialAlways('handshakes of either kind per second, cluster-wide');
  t.true(others > 0);
  t.true(Math.abs(all - others - numbers(begun)[0]!) < 1, 'the rows add up');
});

test('join-storm: joins never settle, and over links there is nothing to dial', (t) => {
  const [reported] = redThenGreen(t, 'join-storm', ['joins-bounded', 'cost-settles'], { nodes: 6 });
  const dialAlways = played('join-storm', 'dial-always', { nodes: 6 });
  const [plain, dialled] = numbers(
    figures('join-storm', reported, dialAlways).get('handshakes per join attempt, begun by the join'),
  );
  t.is(plain, 0, 'six nodes are all neighbours: a join goes over the link');
  t.is(dialled, 1);
});

test('join-storm: a node takes 0.05 to 0.10 cores after the fix', (t) => {
  const rows = figures('join-storm', played('join-storm', 'fixed'));
  const cores = Number(rows.get('CPU per node, fixed'));
  t.true(cores >= 0.05 && cores <= 0.1);
  t.regex(rows.get('join attempts per second, cluster-wide')!, /→ 0$/);
});

test('stuck-loops: loops serve nobody while the members stay, whichever of the two defects is mended', (t) => {
  const [reported, fixed] = redThenGreen(t, 'stuck-loops', ['tasks-finish', 'connections-bounded', 'heap-plateaus']);
  const mended = ['send-arm', 'join-halves'].map((key) => played('stuck-loops', key));
  for (const run of mended) t.true(broken(run).includes('tasks-finish'), `${run.key} alone`);
  const rows = figures('stuck-loops', reported, ...mended, fixed);
  const [shipped, ...others] = numbers(rows.get('loops alive, per node'));
  t.true(shipped! > 60);
  t.deepEqual(others, [shipped!, shipped!, 15]);
  t.is(rows.get('members, per node'), '15 → 15');
  t.is(rows.get('loops that serve nobody, per node'), `${shipped! - 15} → 0`);
});

test('ghost-connections: a further dial leaves a ghost on either side, with two readers each', (t) => {
  const runs = redThenGreen(t, 'ghost-connections', ['connections-bounded', 'tasks-finish']);
  const rows = figures('ghost-connections', ...runs);
  t.is(rows.get('reader tasks parked on each ghost'), '2');
  t.is(rows.get('ghosts left by one further dial'), '2 → 0');
});

test('debug-telemetry: spans grow without bound, and the sampler with the host', (t) => {
  const shorter = { nodes: 6, plan: NOTHING, for: '14m' };
  redThenGreen(t, 'debug-telemetry', ['spans-bounded', 'heap-plateaus'], shorter);
});

test('debug-telemetry: an idle exporter and a sampler of its own process have their reported sizes', (t) => {
  const rows = figures('debug-telemetry', played('debug-telemetry', 'fixed', { plan: NOTHING, for: '10m' }));
  t.is(numbers(rows.get('telemetry')?.split(' → ')[1])[0], 2);
  t.is(numbers(rows.get('process sampler')?.split(' → ')[1])[0], 1.6);
});

test('spinning-channel: one core is busy', (t) => {
  const runs = redThenGreen(t, 'spinning-channel', ['no-busy-loop', 'cost-settles']);
  const [before, after] = numbers(figures('spinning-channel', ...runs).get('busiest node after the close'));
  t.true(before! > 95 && before! < 105);
  t.true(after! < 2);
});

test('close-notify-spin: span bookkeeping leads the flame graph', (t) => {
  const runs = redThenGreen(t, 'close-notify-spin', ['no-busy-loop']);
  const leading = figures('close-notify-spin', ...runs)
    .get('leading frame, its share of the CPU')!
    .split(' → ');
  t.regex(leading[0]!, /^poll_read\/span\./);
  t.notRegex(leading[1]!, /span\./);
});

test('shuffle-leak: about one connection per shuffle, by either loop defect alone, and none by a kept entry', (t) => {
  const shorter = { for: '30m' };
  const [reported, fixed] = redThenGreen(
    t,
    'shuffle-leak',
    ['connections-bounded', 'tasks-finish', 'heap-plateaus'],
    shorter,
  );
  const others = ['send-arm', 'join-halves', 'peer-kept'].map((key) => played('shuffle-leak', key, shorter));
  const rows = figures('shuffle-leak', reported, ...others, fixed);
  const [both, sendArm, joinHalves, kept, none] = numbers(rows.get('leaked connections per shuffle interval and node'));
  t.true(both! > 0.6 && both! < 1.4);
  t.deepEqual([sendArm, joinHalves, kept, none], [both, both, 0, 0]);
  const bytes = Number(rows.get('heap of each, on one side'));
  t.true(bytes > 90 && bytes < 120);
  t.regex(rows.get('uptime at a limit of 256 MB')!, /^\d+h → unlimited$/);
});

test('half-open: a dropped dial leaves its half-open connection and its driver', (t) => {
  const runs = redThenGreen(t, 'half-open', ['connections-bounded', 'tasks-finish']);
  const rows = figures('half-open', ...runs);
  for (const what of ['half-open connections', 'driver tasks']) {
    const [before, after] = numbers(rows.get(`${what} left by one dropped dial`));
    t.true(before! >= 1, what);
    t.is(after, 0, what);
  }
});

test('address-map: every identity stays in the map, and 64 with the fix', (t) => {
  const runs = redThenGreen(t, 'address-map', ['residue-bounded', 'collections-plateau']);
  const rows = figures('address-map', ...runs);
  const [met] = numbers(rows.get('identities that a survivor could meet'));
  const [before, after] = numbers(rows.get('mapped addresses in the fullest map'));
  t.true(before! > 0.9 * met!);
  t.is(after, 64);
});

test('hub-vs-mesh: a mesh delivers on when peer 0 dies, a hub does not', (t) => {
  const rows = figures('hub-vs-mesh', played('hub-vs-mesh', 'mesh-20'), played('hub-vs-mesh', 'hub-20'));
  t.is(rows.get('delivered after peer 0 died, mesh of 20'), '100');
  t.is(rows.get('delivered after peer 0 died, hub of 20'), '0');
  t.is(rows.get('delivered after a member died, hub of 20'), '100');
  const cores = (model: string): number => Number(rows.get(`CPU of all nodes, ${model} of 20`));
  t.true(cores('mesh') > cores('hub'));
});
