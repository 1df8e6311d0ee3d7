import test from 'ava';
import { parseScenario } from '../../properties/soak/scenario.ts';
import { broken } from '../../properties/property.ts';
import type { IncidentReport } from '../../properties/incidents/report.ts';
import { incidentsMarkdown, incidentText, rowsText } from './incidents.ts';

const report: IncidentReport = {
  name: 'a-leak',
  summary: 'something grows',
  story: 'It grew for days.',
  seed: 's',
  runs: [
    {
      key: 'reported',
      title: 'as it was',
      scenario: parseScenario({}, 'test'),
      digest: '0123456789abcdef',
      eventCount: 10,
      endUs: 60_000_000,
      broken: [broken('residue-bounded', '3 paths grow', 'none', [], undefined)],
      held: ['mesh-connected'],
      notJudged: [],
    },
  ],
  rows: [
    { what: 'heap', unit: 'MB', reported: '42.9 → 8.1', measured: '40 → 8', status: 'calibrated', note: 'by a|b' },
    { what: 'stuck', unit: '', reported: undefined, measured: '122', status: 'predicted' },
  ],
  cutShort: true,
};

test('an incident tells its story, its figures, what broke in each run, and that it was cut short', (t) => {
  const text = incidentText(report);
  t.regex(text, /^a-leak {2}something grows\n {2}It grew for days\.\n/);
  t.regex(text, /\n {2}figure +reported +measured +status\n/);
  t.regex(text, /\n {2}heap, MB +42\.9 → 8\.1 +40 → 8 +calibrated: by a\|b\n/);
  t.regex(text, /\n {2}stuck +- +122 +predicted\n/);
  t.regex(text, /\n {2}reported \(as it was\): 1 of 2 broke {2}1m virtual, digest 0123456789abcdef\n/);
  t.regex(text, /✗ residue-bounded: 3 paths grow\n/);
  t.regex(text, /cut short/);
  t.regex(rowsText(report.rows), /^reported beside measured\n/);
});

test('the table in Markdown has a row per figure, and a bar in a cell does not end it', (t) => {
  t.deepEqual(incidentsMarkdown([report]).split('\n'), [
    '| incident | figure | reported | measured | status |',
    '| --- | --- | --- | --- | --- |',
    '| `a-leak` | heap, MB | 42.9 → 8.1 | 40 → 8 | calibrated: by a\\|b |',
    '| `a-leak` | stuck | - | 122 | predicted |',
  ]);
});
