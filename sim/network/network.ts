// The network under a simulation: latency, faults and clocks, shared by links and datagrams.
// Invariant: every fault that takes effect is counted once, under its name in `FAULTS`.
import type { Node } from '../node.ts';
import type { PeerId } from '../peer.ts';
import type { PairSource } from '../random/pair-source.ts';
import type { RandomStream } from '../random/stream.ts';
import type { Simulation } from '../simulation.ts';
import { clockOf } from './clocks.ts';
import type { NodeClock } from './clocks.ts';
import { configuredFaults, FAULTS } from './config.ts';
import type { Fault, NetworkConfig } from './config.ts';
import { Cuts } from './cuts.ts';
import { latencyOfPair } from './latency.ts';
import type { LatencyOfPair } from './latency.ts';

/** Least time a lost segment of a stream costs before it is sent again, in microseconds (RFC 9002 probe floor order). */
const RETRANSMIT_US = 200_000;

/** Latency, per-message faults and cuts of one simulation. */
export class Network {
  readonly config: NetworkConfig;
  readonly simulation: Simulation;
  readonly cuts = new Cuts();
  /** How often each fault took effect. */
  readonly fired = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
  /** Faults that the configuration or a plan asked for. */
  readonly asked = new Set<Fault>();
  /** Base latency of a pair of peer indices, in microseconds. */
  readonly baseLatencyUs: LatencyOfPair;

  private readonly random: RandomStream;
  private readonly clockPairs: PairSource;
  /** True when a message needs more than its base latency. */
  private readonly disturbed: boolean;
  private readonly bytesPerUs: number;
  /** When each sender's uplink is free again, and whose that is: slots are used again. By slot. */
  private readonly uplinkFreeUs: number[] = [];
  private readonly uplinkOwners: number[] = [];

  constructor(simulation: Simulation, config: NetworkConfig) {
    this.simulation = simulation;
    this.config = config;
    this.baseLatencyUs = latencyOfPair(config.latency, simulation.streams.pairs('network/latency'));
    this.clockPairs = simulation.streams.pairs('network/clock');
    this.random = simulation.streams.stream('network/faults');
    this.bytesPerUs = config.bandwidthBytesPerSecond === null ? Infinity : config.bandwidthBytesPerSecond / 1e6;
    const faults = configuredFaults(config);
    for (const fault of faults) this.asked.add(fault);
    this.disturbed = faults.some((fault) => fault !== 'clock-skew' && fault !== 'clock-drift');
  }

  /** The clock of a peer; counts a skew or drift as fired when it differs from the true one. */
  clockOf(peer: PeerId): NodeClock {
    const clock = clockOf(this.config, this.clockPairs, peer.index);
    if (clock.skewUs !== 0) this.fired['clock-skew']++;
    if (clock.rate !== 1) this.fired['clock-drift']++;
    return clock;
  }

  /** True when messages have sizes that matter. */
  get metersBandwidth(): boolean {
    return this.bytesPerUs !== Infinity;
  }

  /**
   * Delay of one message on an ordered, reliable stream, in microseconds: a loss costs retransmissions, a duplicate is
   * discarded by the receiver's transport, and a reordered segment waits for the one that it overtook.
   */
  streamDelayUs(sender: Node, baseUs: number, bytes: number): number {
    if (!this.disturbed) return baseUs;
    const { config, random, fired } = this;
    let delayUs = baseUs + this.queueUs(sender, bytes);
    if (config.jitterUs > 0) delayUs += this.jitterUs();
    if (config.lossShare > 0) {
      for (let wait = RETRANSMIT_US + 2 * baseUs; random.chance(config.lossShare); wait *= 2) {
        fired.loss++;
        delayUs += wait;
        // A stream backs off, and gives up growing after a minute.
        if (wait > 60_000_000) break;
      }
    }
    if (config.duplicateShare > 0 && random.chance(config.duplicateShare)) {
      fired.duplicate++;
      this.queueUs(sender, bytes);
    }
    if (config.reorderShare > 0 && random.chance(config.reorderShare)) {
      fired.reorder++;
      delayUs += random.below(baseUs + 1);
    }
    return delayUs;
  }

  /** True when a message may take more, or fare otherwise, than its base latency says; cuts apart. */
  get isDisturbed(): boolean {
    return this.disturbed;
  }

  /**
   * Delays of one datagram: none when it is lost, two when it is duplicated. They are unordered, so a reordered one
   * simply takes up to twice its latency. Every copy takes its sender's uplink, also one that is lost further on.
   */
  datagramDelaysUs(sender: Node, baseUs: number, bytes: number): number[] {
    const { config, random, fired } = this;
    const delays = [this.datagramDelayUs(sender, baseUs, bytes)];
    if (config.duplicateShare > 0 && random.chance(config.duplicateShare)) {
      fired.duplicate++;
      delays.push(this.datagramDelayUs(sender, baseUs, bytes));
    }
    if (config.lossShare === 0) return delays;
    return delays.filter(() => {
      const lost = random.chance(config.lossShare);
      if (lost) fired.loss++;
      return !lost;
    });
  }

  private datagramDelayUs(sender: Node, baseUs: number, bytes: number): number {
    const { config, random, fired } = this;
    let delayUs = baseUs + this.queueUs(sender, bytes);
    if (config.jitterUs > 0) delayUs += this.jitterUs();
    if (config.reorderShare > 0 && random.chance(config.reorderShare)) {
      fired.reorder++;
      delayUs += random.below(baseUs + 1);
    }
    return delayUs;
  }

  private jitterUs(): number {
    const jitterUs = this.random.below(this.config.jitterUs + 1);
    if (jitterUs > 0) this.fired.jitter++;
    return jitterUs;
  }

  /** Time a message waits for, and takes on, its sender's uplink. */
  private queueUs(sender: Node, bytes: number): number {
    const { slot, serial } = sender;
    // A message that a hold released after its sender ended has left that sender's uplink already.
    if (this.bytesPerUs === Infinity || slot < 0) return 0;
    const nowUs = this.simulation.nowUs;
    const busyUs = this.uplinkOwners[slot] === serial ? this.uplinkFreeUs[slot]! : 0;
    const freeUs = Math.max(nowUs, busyUs);
    const doneUs = freeUs + Math.ceil(bytes / this.bytesPerUs);
    this.uplinkFreeUs[slot] = doneUs;
    this.uplinkOwners[slot] = serial;
    if (freeUs > nowUs) this.fired.bandwidth++;
    return doneUs - nowUs;
  }
}
