// The timeline of a run: samples at equal virtual distances, for curves over virtual time.
// Invariant: it samples between events and steers nothing; the number of samples is bounded, however long the run.
import type { ChurnDriver } from '../../sim/churn/driver.ts';
import type { Calm } from '../../sim/churn/calms.ts';
import type { Node } from '../../sim/node.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { bucketOf } from './ledger-look.ts';
import type { TimelineSample } from './record.ts';

/** About so many samples a run. */
const SAMPLES = 240;
const SECOND_US = 1_000_000;

/** When samples are taken in a run of that length: whole seconds, the start and the end included; microseconds. */
export function sampleTimes(endUs: number): number[] {
  const everyUs = Math.max(1, Math.ceil(endUs / SAMPLES / SECOND_US)) * SECOND_US;
  const times: number[] = [];
  for (let atUs = 0; atUs < endUs; atUs += everyUs) times.push(atUs);
  return [...times, endUs];
}

/** Takes the samples of one run. */
export class TimelineSampler {
  readonly samples: TimelineSample[] = [];
  private readonly simulation: Simulation;
  private readonly driver: ChurnDriver;
  private readonly calms: readonly Calm[];
  private readonly keepsCost: boolean;
  private calm = 0;
  /** CPU time of each running node at the last sample. */
  private spentUs = new Map<Node, number>();

  /**
   * @param calms - The calms that are measured, in time order.
   * @param keepsCost - Keep a reading of the cost account with each sample.
   */
  constructor(simulation: Simulation, driver: ChurnDriver, calms: readonly Calm[], keepsCost: boolean) {
    this.simulation = simulation;
    this.driver = driver;
    this.calms = calms;
    this.keepsCost = keepsCost;
  }

  /** Samples the run as it stands now. */
  take(): void {
    const { simulation } = this;
    const { costs, tasks, nowUs } = simulation;
    this.samples.push({
      atUs: nowUs,
      liveCount: simulation.live.length,
      calm: this.isCalm(nowUs),
      departures: this.driver.departures,
      meters: simulation.meters.read(),
      ...this.heldNow(),
      tasksSpawned: tasks.spawned,
      tasksEnded: tasks.ended,
      cpuUs: costs?.totalUs ?? 0,
      ...this.busiest(),
      cost: this.keepsCost ? costs?.read() : undefined,
    });
  }

  private isCalm(nowUs: number): boolean {
    while ((this.calms[this.calm]?.untilUs ?? Infinity) < nowUs) this.calm++;
    return (this.calms[this.calm]?.fromUs ?? Infinity) <= nowUs;
  }

  private heldNow(): Pick<TimelineSample, 'heapBytes' | 'connections' | 'halfOpen' | 'tasks' | 'open' | 'spanBytes'> {
    const heapBytes = new Map<string, number>();
    const totals = { connection: 0, 'half-open': 0, task: 0 };
    const open = new Map<string, number>();
    let spanBytes = 0;
    for (const account of this.simulation.ledger?.eachAccount() ?? []) {
      const { kind, site, bytes } = account;
      if (account.open > 0) open.set(`${kind} ${site}`, account.open);
      if (kind === 'connection' || kind === 'half-open' || kind === 'task') totals[kind] += account.open;
      if (kind === 'span' || kind === 'listener') spanBytes += bytes;
      if (bytes === 0) continue;
      const bucket = bucketOf(site);
      heapBytes.set(bucket, (heapBytes.get(bucket) ?? 0) + bytes);
    }
    const { connection: connections, task: tasks } = totals;
    return { heapBytes, connections, halfOpen: totals['half-open'], tasks, open, spanBytes };
  }

  private busiest(): Pick<TimelineSample, 'busiestUs' | 'busiest'> {
    let busiestUs = 0;
    let busiest: string | undefined;
    if (this.simulation.costs === undefined) return { busiestUs, busiest };
    const spentUs = new Map<Node, number>();
    for (const node of this.simulation.live) {
      spentUs.set(node, node.cpuUs);
      const us = node.cpuUs - (this.spentUs.get(node) ?? 0);
      if (us <= busiestUs) continue;
      busiestUs = us;
      busiest = String(node.peer);
    }
    this.spentUs = spentUs;
    return { busiestUs, busiest };
  }
}
