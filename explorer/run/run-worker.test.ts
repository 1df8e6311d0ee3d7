import test from 'ava';
import { SHRUNK } from '../../properties/corpus/shrunk.ts';
import { runSoak } from '../../properties/soak/run.ts';
import { parseScenario, resolveScenario } from '../../properties/soak/scenario.ts';
import type { Order, Report } from './protocol.ts';
import { RunWorker } from './run-worker.ts';

const scenario = { ...SHRUNK['peer-topics-not-pruned']!.scenario, defects: ['peer-topics-not-pruned'] };

/** A worker whose turns the test takes itself. */
function workshop(): { reports: Report[]; take: (order: Order) => void; turn: () => boolean; finish: () => void } {
  const reports: Report[] = [];
  let next: (() => void) | undefined;
  let nowMs = 0;
  const worker = new RunWorker({
    tell: (report) => reports.push(report),
    nowMs: () => (nowMs += 5),
    soon: (call) => (next = call),
  });
  const turn = (): boolean => {
    const call = next;
    next = undefined;
    call?.();
    return call !== undefined;
  };
  return {
    reports,
    take: (order) => worker.take(order),
    turn,
    finish: () => {
      while (turn());
    },
  };
}

test('a run that is told in parts comes to the digest and the findings of one that is not', (t) => {
  const { reports, take, finish } = workshop();
  take({ kind: 'load', scenario, where: 'test', tool: 'test' });
  take({ kind: 'run', on: true });
  finish();
  const data = reports.flatMap((report) => (report.kind === 'data' ? [report] : []));
  t.true(data.length > 2, 'it is told on the way');
  const record = runSoak(resolveScenario(parseScenario(scenario, 'test'), 'test'));
  t.like(data.at(-1), { phase: 'done', data: { digest: record.digest, eventCount: record.eventCount } });
  t.deepEqual(
    data.at(-1)!.data.findings.map(({ property }) => property),
    ['residue-bounded'],
  );
  t.true(data.slice(0, -1).every(({ data: { verdicts } }) => verdicts.length === 0));
});

test('a run that is held goes no further, and questions are answered all the same', (t) => {
  const { reports, take, turn, finish } = workshop();
  take({ kind: 'load', scenario, where: 'test', tool: 'test' });
  take({ kind: 'run', on: true });
  turn();
  take({ kind: 'run', on: false });
  take({ kind: 'ask', id: 1, asker: 'view', question: { kind: 'event', number: 7 } });
  finish();
  t.false(reports.some((report) => report.kind === 'data' && report.phase === 'done'));
  t.like(
    reports.find((report) => report.kind === 'answer'),
    { id: 1, answer: { number: 7 } },
  );
});

test('of two questions of one asker the newer is answered, and nobody takes the place of another asker', (t) => {
  const { reports, take, finish } = workshop();
  take({ kind: 'load', scenario, where: 'test', tool: 'test' });
  take({ kind: 'ask', id: 1, asker: 'view', question: { kind: 'event', number: 3 } });
  take({ kind: 'ask', id: 2, asker: 'step', question: { kind: 'event', number: 4 } });
  take({ kind: 'ask', id: 3, asker: 'view', question: { kind: 'event', number: 5 } });
  finish();
  t.deepEqual(
    reports.flatMap((report) =>
      report.kind === 'answer' ? [report.id] : report.kind === 'no-answer' && report.superseded ? [-report.id] : [],
    ),
    [-1, 2, 3],
  );
});

test('a scenario that cannot be run is told of in a sentence', (t) => {
  for (const [wrong, says] of [
    [{ nodes: 1 }, /nodes: received 1/],
    [{ nodes: 9000 }, /at most 5000 in a page/],
    [{ model: 'no-such' }, /unknown model/],
    [7, /received 7/],
  ] as const) {
    const { reports, take, finish } = workshop();
    take({ kind: 'load', scenario: wrong, where: 'test', tool: 'test' });
    take({ kind: 'run', on: true });
    finish();
    const mistake = reports.find((report) => report.kind === 'mistake');
    t.regex(mistake!.sentence, says);
    t.false(reports.some(({ kind }) => kind === 'data'));
  }
});

test('a question before any scenario has no answer', (t) => {
  const { reports, take, finish } = workshop();
  take({ kind: 'ask', id: 1, asker: 'view', question: { kind: 'event-at', atUs: 0 } });
  finish();
  t.like(reports[0], { kind: 'no-answer', id: 1, superseded: false });
});
