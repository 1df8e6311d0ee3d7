import test from 'ava';
import fc from 'fast-check';
import * as v from 'valibot';
import { takeCensus } from '../../sim/census/census.ts';
import { RetentionRules } from '../../sim/census/retention.ts';
import { CostAccount } from '../../sim/cost/account.ts';
import { costTable } from '../../sim/cost/table.ts';
import { Ledger } from '../../sim/ledger/ledger.ts';
import { Simulation } from '../../sim/simulation.ts';
import { yieldNow } from '../../sim/tasks/future.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import { sleep } from '../../sim/tasks/timers.ts';
import { TELEMETRY_BYTES, TELEMETRY_COSTS, telemetryConfigSchema, telemetryRetention } from './contract.ts';
import type { TelemetryDefects } from './contract.ts';
import { LoadSampler } from './sampler.ts';
import { Telemetry } from './telemetry.ts';

const costs = costTable({ ...TELEMETRY_COSTS, poll: 0.5 });
const config = v.parse(telemetryConfigSchema, {});

class Host extends TaskNode {
  readonly telemetry: Telemetry;
  readonly sampler: LoadSampler;

  constructor(simulation: Simulation, defects: TelemetryDefects) {
    super(simulation.streams.stream('node'));
    this.telemetry = new Telemetry(this, { config, defects, costs });
    this.sampler = new LoadSampler(this, { config, defects, costs });
  }

  override receive(): void {}

  override expose(): Record<string, unknown> {
    return { telemetry: { ...this.telemetry.expose(), sampler: this.sampler.expose() } };
  }
}

function start(defects: TelemetryDefects = {}): { simulation: Simulation; host: Host; ledger: Ledger } {
  const simulation = new Simulation({ seed: 'telemetry' });
  const ledger = new Ledger(simulation);
  simulation.ledger = ledger;
  simulation.costs = new CostAccount(costs);
  const host = new Host(simulation, defects);
  simulation.attach(host, simulation.peers.intern(0));
  return { simulation, host, ledger };
}

function bytesAt(ledger: Ledger, site: string): number {
  return ledger.summary().sites.reduce((sum, one) => sum + (one.site === site ? one.bytes : 0), 0);
}

function countOf({ simulation }: { simulation: Simulation }, frame: string): number {
  return simulation.costs!.stacks().reduce((sum, { stack, count }) => sum + (stack.at(-1) === frame ? count : 0), 0);
}

function seconds(simulation: Simulation, count: number): void {
  simulation.run({ untilUs: simulation.nowUs + count * 1_000_000 });
}

test('a debug event is not kept, and an info event is kept by the span at hand', (t) => {
  const { host } = start();
  host.executor.spawn(
    'test.task',
    (function* (): TaskBody<void> {
      const span = host.telemetry.span('work');
      span.enter();
      host.telemetry.event('debug', 10);
      host.telemetry.event('info', 10);
      t.is(span.eventCount, 1);
      span.exit();
      host.telemetry.event('info', 10);
      t.is(span.eventCount, 1);
      t.is(host.telemetry.heldEvents, 2);
      yield* sleep(host.executor, 1);
      span.close();
    })(),
  );
  host.executor.drain();
});

test('a task inherits the span of its spawner, and an event for a closed span goes to the open one above', (t) => {
  const { host } = start();
  const outer = host.telemetry.span('outer');
  const inner = host.telemetry.span('inner', { parent: outer });
  host.executor.spawn(
    'test.parent',
    (function* (): TaskBody<void> {
      inner.enter();
      host.executor.spawn(
        'test.child',
        (function* (): TaskBody<void> {
          host.telemetry.event('info', 1);
          t.deepEqual([inner.eventCount, outer.eventCount], [1, 0]);
          inner.close();
          host.telemetry.event('info', 1);
          t.deepEqual([inner.eventCount, outer.eventCount], [0, 1]);
          outer.close();
          host.telemetry.event('info', 1);
          t.is(host.telemetry.root!.eventCount, 1);
          yield* yieldNow();
        })(),
      );
      yield* yieldNow();
    })(),
  );
  host.executor.drain();
  t.is(host.simulation.tasks.panicCount, 0);
});

test('a capped span keeps its last events and never grows, an uncapped one doubles its vector', (t) => {
  const { host, ledger } = start();
  const capped = host.telemetry.span('long', { keepLast: 8 });
  const before = bytesAt(ledger, 'telemetry.span');
  for (let count = 0; count < 1000; count++) capped.event('info', 50);
  t.is(capped.eventCount, 8);
  t.is(bytesAt(ledger, 'telemetry.span'), before);
  const free = host.telemetry.span('loop', { keepLast: Infinity });
  const empty = bytesAt(ledger, 'telemetry.span');
  const held = 2 ** 15;
  for (let count = 0; count < held; count++) free.event('info', 0);
  const vector = bytesAt(ledger, 'telemetry.span') - empty - held * TELEMETRY_BYTES.eventAttributes;
  t.is(vector, 2 * 2 ** 20);
});

test('every event given is kept, dropped for room, or freed, and the ledger follows', (t) => {
  const step = fc.record({ span: fc.nat(4), kind: fc.constantFrom('info', 'debug', 'close', 'open', 'export') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, debug) => {
      const { host, ledger, simulation } = start({ 'otel-debug-floor': debug });
      host.executor.spawn('telemetry.export', host.telemetry.run());
      host.executor.drain();
      const spans = [0, 1, 2, 3, 4].map((n) => host.telemetry.span(`s${n}`, { keepLast: n + 1 }));
      for (const { span, kind } of steps) {
        if (kind === 'export') seconds(simulation, 5);
        else if (kind === 'close') spans[span]!.close();
        else if (kind === 'open') {
          spans[span]!.close();
          spans[span] = host.telemetry.span(`s${span}`);
        } else spans[span]!.event(kind, 3);
      }
      t.is(
        host.telemetry.heldEvents,
        (host.telemetry.root?.eventCount ?? 0) + spans.reduce((sum, { eventCount }) => sum + eventCount, 0),
      );
      host.executor.abortAll();
      t.is(host.telemetry.heldEvents, 0);
      t.is(ledger.openCount, 0);
      t.is(ledger.errorCount, 0);
      simulation.detach(host, 'stopped');
    }),
    { seed: 31, numRuns: 100 },
  );
});

test('the exporter pays for what it walks: closed spans once, open ones at every tick', (t) => {
  const running = start();
  const { host, simulation, ledger } = running;
  host.executor.spawn('telemetry.export', host.telemetry.run());
  host.executor.drain();
  const open = host.telemetry.span('open');
  const closed = host.telemetry.span('closed');
  for (let count = 0; count < 10; count++) open.event('info', 1);
  for (let count = 0; count < 3; count++) closed.event('info', 1);
  closed.close();
  t.true(bytesAt(ledger, 'telemetry.export') > 0);
  seconds(simulation, 5);
  t.is(countOf(running, 'walk'), 13);
  t.is(countOf(running, 'record'), 1);
  t.is(bytesAt(ledger, 'telemetry.export'), 0);
  seconds(simulation, 5);
  t.is(countOf(running, 'walk'), 23);
  t.is(host.telemetry.exportedSpans, 1);
});

test('a full queue drops spans until the exporter has taken it', (t) => {
  const { host, simulation } = start();
  host.executor.spawn('telemetry.export', host.telemetry.run());
  for (let count = 0; count < config.queueSpans + 2; count++) host.telemetry.span('short').close();
  t.is(host.telemetry.droppedSpans, 2);
  host.executor.drain();
  seconds(simulation, 5);
  t.is(host.telemetry.exportedSpans, config.queueSpans);
});

test('with otel-debug-floor a span keeps every debug event whatever its cap', (t) => {
  const { host } = start({ 'otel-debug-floor': true });
  const span = host.telemetry.span('actor', { keepLast: 4 });
  for (let count = 0; count < 5000; count++) span.event('debug', 20);
  t.is(span.eventCount, 5000);
});

test('with otel-span-per-connection-handler only spans of handlers collect library events', (t) => {
  const { host } = start({ 'otel-span-per-connection-handler': true });
  const handler = host.telemetry.span('accept', { isHandler: true });
  const other = host.telemetry.span('actor');
  for (let count = 0; count < 500; count++) {
    handler.event('debug', 20);
    other.event('debug', 20);
    other.event('info', 20);
  }
  t.deepEqual([handler.eventCount, other.eventCount], [500, config.keepLast]);
  const clean = start().host.telemetry.span('accept', { isHandler: true });
  clean.event('debug', 20);
  t.is(clean.eventCount, 0);
});

test('the census counts the events of spans although none is held, and finds a cap that is not honoured', (t) => {
  const census = (defects: TelemetryDefects) => {
    const { host, simulation } = start(defects);
    for (let count = 0; count < 1_000_000; count++) host.telemetry.event('debug', 20);
    const retention = new RetentionRules(telemetryRetention(config, 'telemetry'));
    return takeCensus({ nowUs: simulation.nowUs, nodes: [host], retention }).nodes[0]!;
  };
  const node = census({ 'otel-debug-floor': true });
  t.is(node.sizes.get('telemetry.spans[*].events'), 1_000_000);
  t.is(node.violations[0]?.path, 'telemetry.spans[*].events');
  t.deepEqual(census({}).violations, []);
});

test('the sampler holds a level of 1.6 MB, and 9.1 MB once it has listed the host for 35 minutes', (t) => {
  for (const [listing, least, most] of [
    [false, 1.55e6, 1.65e6],
    [true, 8.8e6, 9.4e6],
  ] as const) {
    const running = start({ 'sampler-enumerates-processes': listing });
    const { host, simulation, ledger } = running;
    host.executor.spawn('sampler.sample', host.sampler.run());
    host.executor.drain();
    seconds(simulation, 60);
    const soon = bytesAt(ledger, 'sampler.sample');
    seconds(simulation, 34 * 60);
    const bytes = bytesAt(ledger, 'sampler.sample');
    t.true(bytes >= least && bytes <= most, `${bytes} bytes`);
    t.is(bytes > soon, listing);
    t.is(countOf(running, 'own_process'), 140);
    t.is(countOf(running, 'list_processes'), listing ? 140 * config.hostProcesses : 0);
    host.executor.abortAll();
    t.is(ledger.openCount, 0);
  }
});
