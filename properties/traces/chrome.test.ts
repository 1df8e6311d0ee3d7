import test from 'ava';
import * as fc from 'fast-check';
import { buildModel } from '@tracerbench/trace-model';
import { Lanes } from './lanes.ts';
import { exported, RUNS, soakOf } from './traced.test.fixture.ts';

const SECOND_US = 1_000_000;

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly id?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

function eventsOf(text: string): TraceEvent[] {
  return (JSON.parse(text) as { traceEvents: TraceEvent[] }).traceEvents;
}

/** Slices as intervals by thread; throws for an end without its begin, and for a begin without its end. */
function slicesOf(events: readonly TraceEvent[]): Map<string, [from: number, to: number][]> {
  const slices = new Map<string, [number, number][]>();
  const open = new Map<string, TraceEvent[]>();
  const add = ({ pid, tid }: TraceEvent, from: number, to: number): void => {
    const thread = `${pid} ${tid}`;
    slices.set(thread, [...(slices.get(thread) ?? []), [from, to]]);
  };
  for (const event of events) {
    const thread = `${event.pid} ${event.tid}`;
    if (event.ph === 'X') add(event, event.ts, event.ts + event.dur!);
    if (event.ph === 'B') open.set(thread, [...(open.get(thread) ?? []), event]);
    if (event.ph !== 'E') continue;
    const begin = open.get(thread)?.pop();
    if (begin === undefined || begin.name !== event.name) throw new Error(`${event.name} ends and never began`);
    if (begin.ts > event.ts) throw new Error(`${event.name} ends before it begins`);
    add(event, begin.ts, event.ts);
  }
  const left = [...open.values()].flat();
  if (left.length > 0) throw new Error(`${left[0]!.name} begins and never ends`);
  return slices;
}

test('every begin has its end, slices of a thread never cross, and flows join two slices', (t) => {
  let flows = 0;
  fc.assert(
    fc.property(RUNS, ({ input, fromUs, toUs }) => {
      const soak = soakOf(input);
      const events = eventsOf(exported('chrome', soak, { fromUs, toUs, everyUs: 3 * SECOND_US }).text);
      const slices = slicesOf(events);
      for (const [thread, spans] of slices) {
        const sorted = spans.toSorted((a, b) => a[0] - b[0] || b[1] - a[1]);
        let endUs = -1;
        for (const [from, to] of sorted) {
          if (from < endUs && to > endUs) throw new Error(`slices of ${thread} cross at ${from}`);
          endUs = Math.max(endUs, to);
        }
        if (sorted.some(([from, to]) => from < fromUs || to > toUs + 1)) throw new Error(`${thread} leaves the window`);
      }
      const starts = new Map(events.filter(({ ph }) => ph === 's').map((event) => [event.id, event]));
      for (const end of events.filter(({ ph }) => ph === 'f')) {
        const start = starts.get(end.id)!;
        starts.delete(end.id);
        flows++;
        for (const { pid, tid, ts } of [start, end]) {
          if (!slices.get(`${pid} ${tid}`)!.some(([from]) => from === ts))
            throw new Error(`a flow at ${ts} in no slice`);
        }
        if (start.ts > end.ts || start.pid === end.pid) throw new Error(`flow ${end.id} goes nowhere`);
      }
      if (starts.size > 0) throw new Error(`${starts.size} flows without an end`);
    }),
    { seed: 64, numRuns: 15 },
  );
  t.true(flows > 1000, String(flows));
});

test('a published parser of trace events builds its model of a run, with processes and threads by name', (t) => {
  const { text } = exported('chrome', soakOf({ model: 'mesh', seed: '7', nodes: 4 }), { toUs: 5 * SECOND_US });
  const { processes } = buildModel(eventsOf(text) as unknown as Parameters<typeof buildModel>[0]);
  t.deepEqual(
    processes.map(({ name }) => name),
    ['run', 'p0', 'p1', 'p2', 'p3'],
  );
  const names = processes[1]!.threads.map(({ name }) => name);
  for (const name of ['turns', 'life', 'task gossip.actor', 'connection quic.connection-gossip'])
    t.true(names.includes(name), name);
  const life = processes[1]!.threads.find(({ name }) => name === 'life')!.events.find(({ name }) => name === 'life p0');
  t.is(life?.end, 5 * SECOND_US);
});

test('churn is told as it comes, what had no effect as inert, and calms are slices', (t) => {
  const plan = {
    version: 1,
    actions: [
      { atUs: 2 * SECOND_US, kind: 'kill', peer: 3 },
      { atUs: 3 * SECOND_US, kind: 'kill', peer: 3 },
    ],
  };
  const soak = soakOf({ model: 'swarm', seed: '7', nodes: 4, plan });
  const events = eventsOf(exported('chrome', soak, { toUs: soak.endUs, everyUs: 60 * SECOND_US }).text);
  const churn = events.filter(({ ph, tid }) => ph === 'i' && tid === 1).map(({ name, ts }) => [name, ts]);
  t.deepEqual(churn.slice(0, 2), [
    ['kill p3', 2 * SECOND_US],
    ['kill p3 (inert)', 3 * SECOND_US],
  ]);
  t.is(events.filter(({ name, ph }) => name === 'calm' && ph === 'X').length, soak.calms.length);
  t.true(events.some(({ name, ph, args }) => ph === 'C' && name === 'live nodes' && args?.['live'] === 3));
});

test('a lane holds one thing at a time, and is taken again only later', (t) => {
  const lanes = new Lanes(100);
  const first = lanes.take(1, 'a', 0);
  const second = lanes.take(1, 'a', 0);
  t.deepEqual([first.lane.tid, second.lane.tid, first.isNew], [100, 101, true]);
  first.lane.freeUs = 5;
  t.is(lanes.take(1, 'a', 5).lane.tid, 102);
  t.is(lanes.take(1, 'a', 6).lane, first.lane);
  t.not(lanes.take(1, 'b', 9).lane, second.lane);
});
