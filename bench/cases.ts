// Whole-run benchmark cases: each builds a world, warms it up, and reports what it measured.
// Invariant: a case is a pure function of its name but for the clock; its digest proves that two runs did the same work.
import { createHash } from 'node:crypto';
import { EventLogSource } from './event-log.ts';
import { hostedCase } from './hosted.ts';
import { mixWorld } from './mix.ts';
import { swarmWorld } from './swarm.ts';
import { tokenWorld } from './token.ts';
import { collectedHeapMiB } from './heap.ts';
import { LogCheck, parseScenario, PROPERTIES, resolveScenario, runSoak, scenarioNamed } from '../properties/index.ts';
import type { Simulation } from '../sim/index.ts';

/** What a case measured. */
export interface CaseResult {
  readonly name: string;
  /** Wall time of the measured part, in seconds. */
  readonly seconds: number;
  /** Processor time of the measured part, all threads, in seconds: less than the wall time on a busy machine. */
  readonly cpuSeconds: number;
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Virtual time passed per wall time. */
  readonly acceleration: number;
  /** Largest resident set of the process, in MiB. */
  readonly peakMiB: number;
  readonly digest: string;
  /** Figures of the case's own. */
  readonly notes: Readonly<Record<string, number>>;
}

/** A case, run in a process of its own. */
export interface BenchCase {
  readonly name: string;
  readonly summary: string;
  /** Old-space limit that it needs, in MiB. */
  readonly heapMiB: number;
  /** Left out unless all are asked for: it takes minutes. */
  readonly long: boolean;
  run(): Omit<CaseResult, 'name' | 'peakMiB'> | Promise<Omit<CaseResult, 'name' | 'peakMiB'>>;
}

/** Times that the heap of a long soak is looked at. */
const HEAP_LOOKS = 8;

/** Every case, in the order shown. */
export const CASES: readonly BenchCase[] = [
  ...[1_000, 10_000, 100_000, 1_000_000].map((nodes) => tokenCase(nodes)),
  ...[1_000, 10_000, 100_000].map((nodes) => mixCase(nodes)),
  swarmSteadyCase(1_000),
  soakCase(false),
  soakCase(true),
  eventLogCase(64),
  hostedCase(20, false),
  hostedCase(100, false),
  longCase('mesh-200', false),
  longCase('long-soak', true),
  swarmBroadcastCase(10_000, 4_096, false),
  swarmBroadcastCase(100_000, 8_192, true),
  swarmBroadcastCase(1_000_000, 16_384, true),
];

function tokenCase(nodes: number): BenchCase {
  return {
    name: `token-${nodes}`,
    summary: `tokens between ${nodes} nodes, ${nodes} pending, latency 10 to 50 ms, digest on`,
    heapMiB: 4_096,
    long: false,
    run: () => {
      const simulation = tokenWorld(nodes, 'bench');
      const events = nodes >= 100_000 ? 6_000_000 : 20_000_000;
      return measure(simulation, Math.max(2_000_000, nodes), events, () => ({}));
    },
  };
}

function mixCase(nodes: number): BenchCase {
  return {
    name: `mix-${nodes}`,
    summary: `${nodes} nodes, timers of 5 ms to 60 s, nine of ten cancelled`,
    heapMiB: 4_096,
    long: false,
    run: () => {
      const { simulation, tally } = mixWorld(nodes, 'bench');
      return measure(simulation, 2_000_000, nodes >= 100_000 ? 4_000_000 : 10_000_000, () => {
        const { fired, cancelled } = tally();
        return { cancelledShare: cancelled / (cancelled + fired), pending: simulation.pendingCount };
      });
    },
  };
}

function swarmSteadyCase(nodes: number): BenchCase {
  return {
    name: `swarm-${nodes}`,
    summary: `HyParView and Plumtree, ${nodes} nodes, 10 broadcasts per second, digest on, observation off`,
    heapMiB: 4_096,
    long: false,
    run: () => {
      const swarm = swarmWorld(nodes, 'bench');
      swarm.bootstrap();
      swarm.broadcastAtRate(10);
      return measure(swarm.simulation, 1_000_000, 5_000_000, () => ({ links: swarm.linkCount() }));
    },
  };
}

/** What observation costs: the same soak, with calms measured and without. Both have one digest. */
function soakCase(observe: boolean): BenchCase {
  return {
    name: observe ? 'soak-observed' : 'soak-unobserved',
    summary: `a soak of 100 nodes through kill-respawn, ${observe ? 'every calm measured' : 'observation off'}`,
    heapMiB: 4_096,
    long: false,
    run: () => {
      const soak = resolveScenario(parseScenario({ nodes: 100, seed: 'bench' }, 'bench'));
      runSoak(soak, { observe });
      return timed(() => {
        const { digest, eventCount, endUs } = runSoak(soak, { observe });
        return { digest, events: eventCount, virtualUs: endUs, notes: {} };
      });
    },
  };
}

/**
 * A long soak, watched all through and judged by every property but `deterministic`, which the digest stands for. The heap
 * is what is left after a collection: it holds the record as well, which grows by some kilobytes a calm.
 */
function longCase(name: string, long: boolean): BenchCase {
  return {
    name,
    summary: `the scenario ${name}, observed and judged, with the heap at ${HEAP_LOOKS} points of it`,
    heapMiB: 1_024,
    long,
    run: () => {
      const soak = resolveScenario(parseScenario(scenarioNamed(name), 'bench'));
      const heap: [name: string, mebibytes: number][] = [];
      const onProgress = (share: number): void => {
        const part = (heap.length + 1) / HEAP_LOOKS;
        if (share >= part) heap.push([`heap MiB at ${part.toPrecision(3)}`, collectedHeapMiB()]);
      };
      return timed(() => {
        const record = runSoak(soak, { onProgress });
        const began = process.hrtime.bigint();
        const broken = PROPERTIES.filter((property) => !property.judge(record).ok).length;
        const judgeSeconds = Number(process.hrtime.bigint() - began) / 1e9;
        const departures = record.calms.at(-1)?.drivers.departures ?? 0;
        const notes = { departures, calms: record.calms.length, broken, judgeSeconds, ...Object.fromEntries(heap) };
        return { digest: record.digest, events: record.eventCount, virtualUs: record.endUs, notes };
      });
    },
  };
}

/** What `quicksoak check` does with the bytes of a log, once they are in memory. */
function eventLogCase(mebibytes: number): BenchCase {
  return {
    name: 'event-log',
    summary: `an event log of ${mebibytes} MiB, read, replayed and judged`,
    heapMiB: 1_024,
    long: false,
    run: () => {
      const source = new EventLogSource('bench');
      const encoder = new TextEncoder();
      const chunks = Array.from({ length: mebibytes * 4 }, () => encoder.encode(source.next(2 ** 18)));
      const options = { properties: PROPERTIES, flagTerms: [], mappingTerms: [], skewUs: 0, lenient: false };
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      const began = process.hrtime.bigint();
      return timed(() => {
        const check = new LogCheck(['bench'], options);
        let next = 0;
        for (let log = check.step(); log !== undefined; log = check.step()) {
          const chunk = chunks[next++];
          if (chunk === undefined) log.end();
          else log.feed(chunk);
        }
        const { verdicts, record, events } = check.finish();
        const digest = createHash('sha256').update(JSON.stringify(verdicts)).digest('hex').slice(0, 16);
        const seconds = Number(process.hrtime.bigint() - began) / 1e9;
        return { digest, events, virtualUs: record.endUs, notes: { 'MiB per second': bytes / 2 ** 20 / seconds } };
      });
    },
  };
}

function swarmBroadcastCase(nodes: number, heapMiB: number, long: boolean): BenchCase {
  return {
    name: `swarm-broadcast-${nodes}`,
    summary: `HyParView and Plumtree: ${nodes} nodes bootstrapped, then ten broadcasts delivered`,
    heapMiB,
    long,
    run: () => {
      const swarm = swarmWorld(nodes, 'bench');
      return measureAll(swarm.simulation, () => {
        swarm.bootstrap();
        const { simulation } = swarm;
        const bootstrapEvents = simulation.eventCount;
        const missed = swarm.broadcastAndCount(10);
        return { bootstrapEvents, missed, links: swarm.linkCount() };
      });
    },
  };
}

function measure(
  simulation: Simulation,
  warmUpEvents: number,
  events: number,
  notes: () => Record<string, number>,
): Omit<CaseResult, 'name' | 'peakMiB'> {
  simulation.run({ untilUs: 2 ** 51, maxEvents: warmUpEvents });
  return measureAll(simulation, () => {
    simulation.run({ untilUs: 2 ** 51, maxEvents: events });
    return notes();
  });
}

function measureAll(simulation: Simulation, work: () => Record<string, number>): Omit<CaseResult, 'name' | 'peakMiB'> {
  const [events, virtualUs] = [simulation.eventCount, simulation.nowUs];
  return timed(() => {
    const notes = work();
    const { digest, eventCount, nowUs } = simulation;
    return { digest: digest.hex, events: eventCount - events, virtualUs: nowUs - virtualUs, notes };
  });
}

interface Work {
  readonly digest: string;
  readonly events: number;
  readonly virtualUs: number;
  readonly notes: Record<string, number>;
}

function timed(work: () => Work): Omit<CaseResult, 'name' | 'peakMiB'> {
  const [began, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  const { digest, events, virtualUs, notes } = work();
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  return {
    seconds,
    cpuSeconds: (user + system) / 1e6,
    events,
    eventsPerSecond: events / seconds,
    acceleration: virtualUs / 1e6 / seconds,
    digest,
    notes,
  };
}
