// A simulated run, written as an event log and checked, is judged as the run itself: the same properties break, at the same
// paths and sites.
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { ScenarioInput } from '../soak/scenario.ts';
import { parseScenario, resolveScenario, scenarioNamed } from '../soak/scenario.ts';
import { judgeSoak } from '../soak/judge.ts';
import { runSoak } from '../soak/run.ts';
import { checked } from './check.test.fixture.ts';
import { writeEventLog } from './event-log.ts';

/** What a log carries. */
const CARRIED = [
  'joins-bounded',
  'residue-bounded',
  'collections-plateau',
  'tasks-finish',
  'connections-bounded',
  'ledger-balanced',
  'spans-bounded',
  'heap-plateaus',
  'no-busy-loop',
  'no-wedge',
  'views-symmetric',
  'mesh-connected',
  'broadcast-delivered',
  'cost-settles',
];

/** Judges a scenario both ways; gives the properties that broke. */
function brokenBothWays(t: ExecutionContext, scenario: ScenarioInput): string[] {
  const soak = resolveScenario(parseScenario({ seed: 'round trip', ...scenario, properties: CARRIED }, 'test'));
  const { verdicts, record } = judgeSoak(soak, { twice: false });
  const lines: string[] = [];
  writeEventLog(soak, (line) => lines.push(line));
  const result = checked({ log: lines.join('') }, { properties: soak.properties });
  t.is(result.events, lines.length - 1);
  t.deepEqual(
    result.record.ledger?.sites.map(({ kind, site, opened, open }) => [kind, site, opened, open]).toSorted(),
    record.ledger?.sites.map(({ kind, site, opened, open }) => [kind, site, opened, open]).toSorted(),
  );
  const said = (all: typeof verdicts): [string, boolean, boolean, string[]][] =>
    all.map(({ name, ok, judged, evidence }) => [
      name,
      ok,
      judged,
      [...new Set(evidence.map(({ subject }) => subject))].toSorted(),
    ]);
  t.deepEqual(said(result.verdicts), said(verdicts));
  return verdicts.filter(({ ok }) => !ok).map(({ name }) => name);
}

test('what departed peers leave in a collection: residue-bounded and collections-plateau', (t) => {
  const scenario = scenarioNamed('peer-topics-not-pruned');
  t.deepEqual(brokenBothWays(t, { ...scenario, nodes: 6, workload: { broadcastsPerSecond: 0.2 } }), [
    'residue-bounded',
    'collections-plateau',
  ]);
});

test('connections and their tasks that are superseded: tasks, connections, spans and heap', (t) => {
  const scenario = { ...scenarioNamed('app-registry-overwrite'), nodes: 5 };
  t.deepEqual(brokenBothWays(t, scenario), [
    'collections-plateau',
    'tasks-finish',
    'connections-bounded',
    'spans-bounded',
    'heap-plateaus',
  ]);
});

test('a join at every tick: joins-bounded and cost-settles', (t) => {
  t.deepEqual(brokenBothWays(t, scenarioNamed('app-join-every-tick')), ['joins-bounded', 'cost-settles']);
});

test('a reader that spins: no-busy-loop', (t) => {
  const scenario = scenarioNamed('tls-close-notify-trailer');
  const broken = brokenBothWays(t, scenario);
  t.true(broken.includes('no-busy-loop'), broken.join());
});

test('a clean hub holds both ways', (t) => {
  t.deepEqual(brokenBothWays(t, { ...scenarioNamed('hub'), nodes: 6 }), []);
});

test('a run that is written has the digest of one that is not', (t) => {
  const soak = resolveScenario(parseScenario({ ...scenarioNamed('hub'), nodes: 4, seed: 'w' }, 'test'));
  const { digest } = runSoak(soak, { observe: false });
  let share = 0;
  const written = writeEventLog(soak, () => {}, { onProgress: (done) => (share = done) });
  t.deepEqual(written, { digest, whole: true });
  t.is(share, 1);
  t.false(writeEventLog(soak, () => {}, { expired: () => true }).whole);
});
