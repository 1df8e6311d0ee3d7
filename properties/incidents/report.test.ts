import test from 'ava';
import { InputError } from '../../sim/errors.ts';
import { METER } from '../../sim/meters.ts';
import { judgeSoak } from '../soak/judge.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput } from '../soak/scenario.ts';
import { hubVersusMesh } from './hub-vs-mesh.ts';
import { incidentCatalogue, rowsFrom } from './incident.ts';
import type { Incident } from './incident.ts';
import { incidentsNamed, playIncident, rowsOfRun } from './report.ts';

const DEFECT = 'peer-topics-not-pruned';

const leak: Incident = {
  name: 'a-leak',
  summary: 'a leak of nobody',
  story: 'Somebody reported that it grows.',
  scenario: { nodes: 8, seed: 'incident', defects: [DEFECT] },
  runs: [
    { key: 'reported', title: 'as reported', change: {} },
    { key: 'fixed', title: 'with the fix', change: { defects: [] } },
  ],
  rows: (runs) =>
    rowsFrom(runs, [
      {
        what: 'joins',
        unit: '',
        reported: '3 → 2',
        status: 'predicted',
        over: ['reported', 'fixed'],
        each: ({ record }) => String(record.meters[METER.joins]!),
      },
      {
        what: 'more broken',
        unit: 'properties',
        reported: undefined,
        status: 'exact',
        note: 'a difference',
        from: ['reported', 'fixed'],
        measured: (before, after) => String(brokenIn(before.verdicts) - brokenIn(after.verdicts)),
      },
    ]),
};

function brokenIn(verdicts: readonly { ok: boolean }[]): number {
  return verdicts.filter(({ ok }) => !ok).length;
}

test('an incident gives each run, and its figures before and after', (t) => {
  const shares: number[] = [];
  const report = playIncident(leak, { onProgress: (share) => shares.push(share) });
  t.false(report.cutShort);
  t.is(report.seed, 'incident');
  t.deepEqual(
    report.runs.map(({ key, broken }) => [key, broken.some(({ name }) => name === 'residue-bounded')]),
    [
      ['reported', true],
      ['fixed', false],
    ],
  );
  t.true(report.runs.every(({ scenario }) => scenario.name === 'a-leak' && scenario.seed === 'incident'));
  t.regex(report.rows[0]!.measured, /^\d+ → \d+$/);
  t.deepEqual(
    { ...report.rows[1], measured: '' },
    {
      what: 'more broken',
      unit: 'properties',
      reported: undefined,
      measured: '',
      status: 'exact',
      note: 'a difference',
    },
  );
  t.true(Number(report.rows[1]!.measured) > 0);
  t.deepEqual(
    shares,
    shares.toSorted((a, b) => a - b),
  );
  t.is(shares.at(-1), 1);
  t.not(playIncident(leak, { seed: 'other' }).runs[0]!.digest, report.runs[0]!.digest);
});

test('an incident that is cut short gives the figures of the runs that were made', (t) => {
  let done = 0;
  const report = playIncident(leak, { onProgress: (share) => (done = share), expired: () => done > 0.6 });
  t.true(report.cutShort);
  t.deepEqual(
    report.runs.map(({ key }) => key),
    ['reported'],
  );
  t.is(report.rows.length, 1);
  t.regex(report.rows[0]!.measured, /^\d+ → \(fixed: not run\)$/);
});

test('one judged run gives the figures that it can, when it is one of the incident', (t) => {
  const rowsOf = (input: ScenarioInput): string[] => {
    const scenario = parseScenario({ ...leak.scenario, name: leak.name, for: '3m', properties: [], ...input }, 'test');
    return rowsOfRun(judgeSoak(resolveScenario(scenario), { twice: false }), [leak]).map(({ measured }) => measured);
  };
  const short = { profile: { name: 'none' }, nodes: 4, for: '10m' };
  t.deepEqual(rowsOf(short), [], 'another profile is another run');
  const plan: ScenarioInput = { for: '10m', nodes: 6, plan: { version: 1, actions: [] } };
  const planned: Incident = { ...leak, scenario: { ...leak.scenario, ...plan } };
  const planResult = (defects: string[]): string[] => {
    const scenario = parseScenario({ ...planned.scenario, name: leak.name, seed: 'x', nodes: 5, defects }, 'test');
    return rowsOfRun(judgeSoak(resolveScenario(scenario), { twice: false }), [planned]).map(({ measured }) => measured);
  };
  t.regex(planResult([DEFECT]).join(), /^\d+ → \(fixed: not run\)$/);
  t.regex(planResult([]).join(), /^\(reported: not run\) → \d+$/);
  t.deepEqual(planResult(['plumtree-lazy-queue-kept']), []);
});

test('names are chosen from the list, in its order', (t) => {
  const other = { ...leak, name: 'b-leak' };
  const namesOf = (names: string[]): string[] => incidentsNamed(names, 'x', [leak, other]).map(({ name }) => name);
  t.deepEqual(namesOf([]), ['a-leak', 'b-leak']);
  t.deepEqual(namesOf(['b-leak', 'a-leak', 'b-leak']), ['a-leak', 'b-leak']);
  const error = t.throws(() => namesOf(['b-leek']), { instanceOf: InputError });
  t.is(error?.code, 'unknown-incident');
  t.is(error?.details['suggestion'], 'b-leak');
});

test('two incidents or runs of one name are refused, and so is an incident without a run', (t) => {
  const code = (make: () => unknown): string | undefined => t.throws(make, { instanceOf: InputError })?.code;
  t.is(
    code(() => incidentCatalogue([leak, { ...leak }])),
    'duplicate-name',
  );
  t.is(
    code(() => incidentCatalogue([{ ...leak, runs: [leak.runs[0]!, leak.runs[0]!] }])),
    'duplicate-name',
  );
  t.is(
    code(() => incidentCatalogue([{ ...leak, runs: [] }])),
    'no-runs',
  );
  t.deepEqual(incidentCatalogue([leak]), [leak]);
});

test('a run of an incident in another size is told as one of that size', (t) => {
  const input = { ...hubVersusMesh.scenario, name: hubVersusMesh.name, nodes: 12, properties: ['faults-fired'] };
  const result = judgeSoak(resolveScenario(parseScenario(input, 'test')), { twice: false });
  const [first] = rowsOfRun(result, [hubVersusMesh]);
  t.is(first?.what, 'CPU of all nodes, mesh of 12');
});
