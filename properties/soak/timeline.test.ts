import test from 'ava';
import { METER } from '../../sim/meters.ts';
import { householdSoak } from './household.test.fixture.ts';
import { runSoak } from './run.ts';
import { sampleTimes } from './timeline.ts';

const MINUTE_US = 60_000_000;
const CHURN = householdSoak({ profile: { name: 'kill-respawn', params: { waves: 2 } } });

test('samples lie at whole seconds, with both ends, about 240 in a run of any length', (t) => {
  t.deepEqual(sampleTimes(2_500_000), [0, 1_000_000, 2_000_000, 2_500_000]);
  t.deepEqual(sampleTimes(2_000_000), [0, 1_000_000, 2_000_000]);
  const days = sampleTimes(4 * 24 * 60 * MINUTE_US);
  t.true(days.length <= 242 && days.every((atUs) => atUs % 1_000_000 === 0));
});

test('a timeline tells what is held, what is spent and who departed, up to the totals of the record', (t) => {
  const { timeline, tasks, cost, calms, meters, endUs, ledger } = runSoak(CHURN);
  const last = timeline.at(-1)!;
  t.is(timeline[0]!.liveCount, 0);
  t.is(last.atUs, endUs);
  t.is(last.departures, calms.at(-1)!.drivers.departures);
  t.is(last.cpuUs, cost!.totalUs);
  t.is(last.meters[METER.timersFired], meters[METER.timersFired]);
  t.is(
    last.tasksSpawned,
    tasks.sites.reduce((sum, { spawned }) => sum + spawned, 0),
  );
  t.is(last.tasks, last.tasksSpawned - last.tasksEnded);
  t.deepEqual([last.connections, last.halfOpen], [30, 0]);
  t.deepEqual(
    [...last.heapBytes].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    [
      ['household', 30 * 2300],
      ['telemetry', 6 * 5000],
    ],
  );
  t.is(
    [...last.heapBytes.values()].reduce((sum, bytes) => sum + bytes, 0),
    ledger!.sites.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  for (const { atUs, calm } of timeline)
    t.is(
      calm,
      calms.some(({ fromUs, untilUs }) => fromUs <= atUs && atUs <= untilUs),
    );
  t.true(timeline.some(({ calm }) => !calm));
});

test('the busiest node of a sample spent no more than all together', (t) => {
  const { timeline } = runSoak(CHURN);
  timeline.slice(1).forEach((sample, place) => {
    const spentUs = sample.cpuUs - timeline[place]!.cpuUs;
    t.true(sample.busiestUs <= spentUs, `${sample.busiestUs} of ${spentUs}`);
    // What an ended node spent is nobody's any more.
    if (sample.departures === timeline[place]!.departures) t.true(sample.busiestUs * 6 >= spentUs);
    t.regex(sample.busiest!, /^p\d+$/);
  });
});

test('readings of the cost account are kept only when asked for', (t) => {
  t.true(runSoak(CHURN).timeline.every(({ cost }) => cost === undefined));
  const { timeline, cost } = runSoak(CHURN, { costWindows: true });
  t.is(timeline.at(-1)!.cost!.totalUs, cost!.totalUs);
});

test('a run that is not observed has no timeline, no cost and no ledger, and the same digest', (t) => {
  const blind = runSoak(CHURN, { observe: false });
  t.deepEqual([blind.timeline, blind.cost, blind.ledger], [[], undefined, undefined]);
  t.is(blind.digest, runSoak(CHURN).digest);
});
