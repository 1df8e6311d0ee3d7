// What a property is, and what it says.
// Invariant: a property reads the record of a run and nothing else; it knows no model and no defect.
import type { FaultSpan } from '../sim/churn/calms.ts';
import type { Node } from '../sim/node.ts';
import type { Simulation } from '../sim/simulation.ts';
import type { Drivers, SoakRecord } from './soak/record.ts';

/** One piece of evidence: a line for people, and the same as data. */
export interface Evidence {
  /** One line, for a terminal. */
  readonly text: string;
  /** Path class, meter or pair that it speaks of. */
  readonly subject: string;
  /** The figures behind the line. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a property says of one run. */
export interface Verdict {
  readonly name: string;
  readonly ok: boolean;
  /** False when the run gave no ground to judge; then `ok` is true and `figure` says why. */
  readonly judged: boolean;
  /** What was measured, with units. */
  readonly figure: string;
  /** What it was held against, with units. */
  readonly bound: string;
  /** Worst first; empty when it holds. */
  readonly evidence: readonly Evidence[];
  /** Virtual time at which it first broke, in microseconds; undefined when it holds or no moment can be named. */
  readonly firstBrokenUs: number | undefined;
}

/** A named judgement over the record of a run. */
export interface Property {
  readonly name: string;
  /** One sentence: what holds. */
  readonly summary: string;
  /**
   * For a property that must see more than records keep: called before a run that is observed. What the watch gives in
   * the end, as plain data, is `record.watched.get(name)` to {@link judge}. It must read and never steer.
   *
   * @param faults - The partitions, holds and black holes of the plan, in time order.
   */
  watch?(simulation: Simulation, faults: readonly FaultSpan[]): PropertyWatch;
  judge(record: SoakRecord): Verdict;
}

/** Sees one run for one property; every hook but the last is optional. Times are in microseconds. */
export interface PropertyWatch {
  /** A node's life began; it has handled nothing yet. */
  started?(node: Node, atUs: number): void;
  /** An event of `node` was handled at `atUs`, its start and the start of a broadcast included; its state is as that left it. */
  handled?(node: Node, atUs: number): void;
  /** A node's life ended. */
  ended?(node: Node, atUs: number): void;
  /** The middle of a calm: what comes is its tail. */
  middle?(moment: CalmMoment): void;
  /** The end of a calm. */
  calm?(moment: CalmMoment): void;
  /** The end of the run, with what is to be kept of it as plain data. */
  finish(atUs: number): unknown;
}

/** A moment of a calm, and the nodes that run. */
export interface CalmMoment {
  readonly atUs: number;
  /** Of the calm, from 0; the first is the one before any churn. */
  readonly index: number;
  readonly fromUs: number;
  /** True when a partition, hold or black hole is in force. */
  readonly faulted: boolean;
  /** Totals so far. */
  readonly drivers: Drivers;
  /** In a reproducible order. */
  readonly nodes: readonly Node[];
}

/** A verdict that holds. */
export function holds(name: string, figure: string, bound: string): Verdict {
  return { name, ok: true, judged: true, figure, bound, evidence: [], firstBrokenUs: undefined };
}

/** A verdict that is broken; `evidence` worst first. */
export function broken(
  name: string,
  figure: string,
  bound: string,
  evidence: readonly Evidence[],
  firstBrokenUs: number | undefined,
): Verdict {
  return { name, ok: false, judged: true, figure, bound, evidence, firstBrokenUs };
}

/** A verdict for a run that gives no ground to judge; `why` is one clause. */
export function notJudged(name: string, why: string, bound: string): Verdict {
  return { name, ok: true, judged: false, figure: `not judged: ${why}`, bound, evidence: [], firstBrokenUs: undefined };
}
