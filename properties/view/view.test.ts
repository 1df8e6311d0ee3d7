import test from 'ava';
import fc from 'fast-check';
import type { Simulation } from '../../sim/simulation.ts';
import { SHRUNK } from '../corpus/shrunk.ts';
import { broken, holds } from '../property.ts';
import { judgeSoak } from '../soak/judge.ts';
import { runSoak, soakSteps } from '../soak/run.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput, Soak } from '../soak/scenario.ts';
import { findingsOf } from './findings.ts';
import { packRuns, unpackRuns } from './run-file.ts';
import { reportPage } from './report-page.ts';
import type { RunData } from './run-data.ts';
import { runDataOf, runDataSoFar } from './run-data-of.ts';
import { timeText } from './time-text.ts';
import { topologyCounts } from './topology-counts.ts';
import { topologyAt } from './topology.ts';
import { TopologyWatch } from './topology-watch.ts';

function soakOf(input: ScenarioInput): Soak {
  return resolveScenario(parseScenario(input, 'test'), 'test');
}

const CHURN: ScenarioInput['plan'] = {
  version: 1,
  actions: [
    { atUs: 20_000_000, kind: 'kill', peer: 3 },
    { atUs: 25_000_000, kind: 'respawn', peer: 4, fresh: 6 },
    { atUs: 30_000_000, kind: 'restart', peer: 2, downUs: 2_000_000 },
    { atUs: 45_000_000, kind: 'stop', peer: 5 },
  ],
};

for (const model of ['swarm', 'mesh', 'hub', 'tls-proxy']) {
  test(`the topology of the ${model} is that of its nodes at every moment`, (t) => {
    const soak = soakOf({ model, seed: 'watch', nodes: 6, for: '1m', plan: CHURN });
    let watch: TopologyWatch | undefined;
    let simulation: Simulation | undefined;
    const seen: { atUs: number; live: number; neighbours: number; connections: number }[] = [];
    const steps = soakSteps(
      soak,
      { onStarted: (started) => ([watch, simulation] = [new TopologyWatch(started.simulation), started.simulation]) },
      700_000,
    );
    for (let step = steps.next(); step.done !== true; step = steps.next()) {
      const { live, ledger, nowUs } = simulation!;
      const now = topologyAt(watch!.track, nowUs);
      t.deepEqual(
        now.peers.filter((peer) => peer.live).map(({ peer }) => peer),
        live.map(({ peer }) => peer.index).toSorted((a, b) => a - b),
      );
      const told = live.flatMap((node) => (node.neighbours() ?? []).map((peer) => `${node.peer.index}>${peer.index}`));
      const kept = now.pairs.flatMap(({ a, b, aHasB, bHasA }) => [
        ...(aHasB ? [`${a}>${b}`] : []),
        ...(bHasA ? [`${b}>${a}`] : []),
      ]);
      // A model that tells of no neighbour has none to be drawn.
      if (watch!.track.neighbours.from.length > 0) t.deepEqual(kept.toSorted(), told.toSorted(), `at ${nowUs}`);
      const open = [...ledger!.openEntries({ kind: 'connection' })].filter(({ subject }) => subject !== undefined);
      t.is(now.openCount + now.ghostCount, open.length);
      t.is(
        now.ghostCount,
        open.filter(({ subject, bornUs }) => subject!.node === undefined || subject!.node.bornUs > bornUs).length,
      );
      seen.push({ atUs: nowUs, live: live.length, neighbours: kept.length, connections: open.length });
    }
    const counts = topologyCounts(
      watch!.track,
      seen.map(({ atUs }) => atUs),
    );
    t.deepEqual(
      counts.neighbours,
      seen.map(({ neighbours }) => neighbours),
    );
    t.deepEqual(
      counts.open.map((count, place) => count + counts.ghosts[place]!),
      seen.map(({ connections }) => connections),
    );
  });
}

test('a run that is watched has the digest of one that is not', (t) => {
  const soak = soakOf({ model: 'mesh', seed: 'watch', nodes: 5, for: '40s', plan: { version: 1, actions: [] } });
  const watched = runSoak(soak, { onStarted: ({ simulation }) => void new TopologyWatch(simulation) });
  t.is(watched.digest, runSoak(soak, { observe: false }).digest);
});

function leakData(defects: string[]): RunData {
  let watch: TopologyWatch | undefined;
  const soak = soakOf({ ...SHRUNK['peer-topics-not-pruned']!.scenario, defects });
  const result = judgeSoak(soak, {
    twice: false,
    onStarted: ({ simulation }) => (watch = new TopologyWatch(simulation)),
  });
  return runDataOf(result, 'quicksoak test', watch!.track);
}

test('a finding says what, where and since when, and is the same as the verdict', (t) => {
  const { findings, verdicts, residue, timeline } = leakData(['peer-topics-not-pruned']);
  t.is(findings.length, 1);
  const [finding] = findings;
  const verdict = verdicts.find(({ ok }) => !ok)!;
  t.is(finding!.property, 'residue-bounded');
  t.is(finding!.sinceUs, verdict.firstBrokenUs);
  t.is(finding!.what, verdict.evidence[0]!.subject);
  for (const part of [finding!.what, timeText(finding!.sinceUs!), 'p0']) t.true(finding!.sentence.includes(part), part);
  t.notRegex(finding!.sentence, /undefined|NaN|\[object/);
  t.like(residue[0], { path: finding!.what, grows: true, property: 'residue-bounded', driver: 'departure' });
  t.true(residue[0]!.examples.length > 0);
  t.true(timeline.charts.every(({ series }) => series.every(({ values }) => values.length === timeline.atUs.length)));
});

test('a run without a defect has no finding, and nothing that grows', (t) => {
  const { findings, residue } = leakData([]);
  t.deepEqual(findings, []);
  t.false(residue.some(({ grows }) => grows));
});

test('a run that goes on has data without verdicts', (t) => {
  const soak = soakOf({ nodes: 4, for: '40s', plan: { version: 1, actions: [] } });
  let watch: TopologyWatch | undefined;
  const steps = soakSteps(soak, { onStarted: ({ simulation }) => (watch = new TopologyWatch(simulation)) }, 1_000_000);
  const step = steps.next();
  if (step.done === true) return t.fail('it ended at once');
  const data = runDataSoFar(soak, 'test', watch!.track, step.value);
  t.like(data, { reachedUs: 0 + step.value.simulation.nowUs, findings: [], verdicts: [], endUs: soak.endUs });
  t.deepEqual(structuredClone(data), data, 'it can be sent to a page');
});

test('properties that nobody knows, and those without evidence, have a sentence as well', (t) => {
  const evidence = { text: 'p3 stands still', subject: 'p3', data: {} };
  const [own, bare] = findingsOf([
    broken('my-property', '3 stand still', 'none', [evidence], 61_000_000),
    broken('no-wedge', 'one is stuck', 'none', [], undefined),
    holds('tasks-finish', 'none', 'none'),
  ]);
  t.is(own!.sentence, 'my-property does not hold, since 1m1s: p3 stands still.');
  t.is(bare!.sentence, 'Somebody is stuck: one is stuck.');
});

test('what is packed is unpacked, and stands in a page as it is', (t) => {
  const data = leakData(['peer-topics-not-pruned']);
  const packed = packRuns([data]);
  t.regex(packed, /^[A-Za-z0-9+/=]+$/);
  t.deepEqual(unpackRuns(packed), JSON.parse(JSON.stringify([data])) as RunData[]);
  const page = '<p></p><script type="text/plain" id="run-data"></script>$&';
  t.is(reportPage(page, [data]), `<p></p><script type="text/plain" id="run-data">${packed}</script>$&`);
});

test('what is no run, or of another version, is refused', (t) => {
  t.throws(() => unpackRuns(packRuns([{ ...leakData([]), version: 9 as 1 }])), { code: 'run-data-version' });
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      t.throws(() => unpackRuns(text), { code: 'bad-run-data' });
    }),
    { seed: 6, numRuns: 100 },
  );
});

test('times are rounded to what is read', (t) => {
  t.deepEqual([0, 80, 12_345, 999_949, 26_492_651, 204_999_999, 3_599_700_000, 7_512_345_678].map(timeText), [
    '0s',
    '80us',
    '12.3ms',
    '999.9ms',
    '26.5s',
    '3m25s',
    '1h',
    '2h5m',
  ]);
});
