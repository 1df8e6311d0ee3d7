// Churn as it is drawn: steps that say nothing of peers or times, and the plan that they become for so many nodes.
// Invariant: a step does what is possible when it is reached, or nothing; a wave leaves as many nodes running as it found,
// and no fault open. So any step can be taken away, and what is left is a plan of the same quality.
import type { ChurnAction, ChurnPlan } from '../../sim/churn/plan.ts';
import { sortedPlan } from '../../sim/churn/plan.ts';

/** Changes that a plan may be made of; each comes with what ends it, such as the release of a hold. */
export const CHANGE_KINDS = [
  'start',
  'stop',
  'kill',
  'restart',
  'respawn',
  'rejoin',
  'partition',
  'hold',
  'black-hole',
  'act',
] as const;

/** Kind of a change. */
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** An act that a plan may hold. */
export interface PlannedAct {
  readonly act: string;
  readonly args?: Readonly<Record<string, number | string | boolean>>;
  /** It begins with `on` true and ends with `on` false, added to its other arguments; default false. */
  readonly switched?: boolean;
}

/** One change before it is known to whom it happens; every field is an integer between 0 and {@link STEP_RANGE} (excluded). */
export interface PlanStep {
  readonly wave: number;
  readonly at: number;
  readonly kind: number;
  readonly peer: number;
  /** What else is to be chosen: an act, how many. */
  readonly choice: number;
  readonly lasts: number;
}

/** Exclusive upper end of every field of a step. */
export const STEP_RANGE = 2 ** 20;

/** Whom and when the steps may concern; times in microseconds. */
export interface PlanLayout {
  /** Peers 0 to nodes - 1 run when the plan begins; 2 or more. */
  readonly nodes: number;
  /** Peers 0 to keep - 1 are never touched, but as the other end of a hold or partition; below `nodes`. */
  readonly keep: number;
  readonly kinds: readonly ChangeKind[];
  /** Without any, the kind `act` does nothing. */
  readonly acts: readonly PlannedAct[];
  readonly waves: number;
  readonly fromUs: number;
  readonly spanUs: number;
  /** Between the end of a wave and the next. */
  readonly calmUs: number;
}

/** Changes begin in this share of a wave's span; what they began is over after the second; then the crowd is restored. */
const BEGIN_SHARE = 0.6;
const END_SHARE = 0.8;
/** Least share of the span that a fault is open, so that something runs into it. */
const LEAST_FAULT_SHARE = 0.2;
/** Most peers that are at the other end of a hold. */
const MOST_HELD = 8;

/** The plan that steps become. */
export function planOf(steps: readonly PlanStep[], layout: PlanLayout): ChurnPlan {
  const crowd = new Crowd(layout);
  for (let wave = 0; wave < layout.waves; wave++) {
    const startUs = layout.fromUs + wave * (layout.spanUs + layout.calmUs);
    const inWave = steps.filter((step) => step.wave % layout.waves === wave).toSorted((a, b) => a.at - b.at);
    crowd.begin(startUs);
    for (const step of inWave) crowd.take(step);
    crowd.restore();
  }
  return sortedPlan(crowd.actions);
}

/** Who runs, who is down and what is open, as far as the plan goes. */
class Crowd {
  readonly actions: ChurnAction[] = [];
  private readonly layout: PlanLayout;
  /** Peers that run and may be churned. */
  private up: number[];
  /** Peers that were ended and may come back. */
  private down: number[] = [];
  private coming: { readonly peer: number; readonly atUs: number }[] = [];
  private fresh: number;
  private startUs = 0;
  /** When the partition that is open ends, and what is a black hole or misbehaves until when. */
  private partitionUntilUs = 0;
  private readonly busyUntilUs = new Map<string, number>();

  constructor(layout: PlanLayout) {
    this.layout = layout;
    this.up = Array.from({ length: layout.nodes - layout.keep }, (_, index) => layout.keep + index);
    this.fresh = layout.nodes;
  }

  begin(startUs: number): void {
    this.startUs = startUs;
  }

  /** Does what a step says, or the next kind of change that is possible then. */
  take(step: PlanStep): void {
    const { kinds, spanUs } = this.layout;
    const atUs = this.startUs + Math.floor((step.at / STEP_RANGE) * BEGIN_SHARE * spanUs);
    this.settle(atUs);
    const endUs = this.startUs + Math.floor(END_SHARE * spanUs);
    const leastUs = Math.floor(LEAST_FAULT_SHARE * spanUs);
    const downUs = 1 + Math.floor((step.lasts / STEP_RANGE) * (endUs - atUs - 1));
    const faultUs = leastUs + Math.floor((step.lasts / STEP_RANGE) * (endUs - atUs - leastUs));
    for (let tried = 0; tried < kinds.length; tried++) {
      const kind = kinds[(step.kind + tried) % kinds.length]!;
      if (this.change(kind, step, atUs, downUs, atUs + faultUs)) return;
    }
  }

  /** Brings as many back as are missing, and lets go of those who are too many. */
  restore(): void {
    const { spanUs, kinds, nodes, keep } = this.layout;
    const fromUs = this.startUs + Math.ceil(END_SHARE * spanUs);
    this.settle(fromUs);
    const missing = nodes - keep - this.up.length;
    const stepUs = Math.floor((spanUs - (fromUs - this.startUs)) / (Math.abs(missing) + 1));
    for (let count = 0; count < missing; count++) {
      const atUs = fromUs + count * stepUs;
      const peer = kinds.includes('rejoin') ? this.down.shift() : undefined;
      this.actions.push({ atUs, kind: peer === undefined ? 'start' : 'rejoin', peer: peer ?? this.fresh });
      this.up.push(peer ?? this.fresh++);
    }
    for (const [count, peer] of this.up.splice(nodes - keep).entries()) {
      this.actions.push({ atUs: fromUs + count * stepUs, kind: kinds.includes('stop') ? 'stop' : 'kill', peer });
      this.down.push(peer);
    }
  }

  private settle(atUs: number): void {
    const back = this.coming.filter((one) => one.atUs < atUs);
    this.coming = this.coming.filter((one) => one.atUs >= atUs);
    this.up.push(...back.map(({ peer }) => peer));
  }

  /** False when nothing of that kind is possible now. */
  private change(kind: ChangeKind, step: PlanStep, atUs: number, downUs: number, untilUs: number): boolean {
    switch (kind) {
      case 'start':
        if (this.up.length + this.coming.length >= 2 * this.layout.nodes) return false;
        this.actions.push({ atUs, kind, peer: this.fresh });
        this.up.push(this.fresh++);
        return true;
      case 'rejoin': {
        const peer = this.down.splice(step.peer % Math.max(1, this.down.length), 1)[0];
        if (peer === undefined) return false;
        this.actions.push({ atUs, kind, peer });
        this.up.push(peer);
        return true;
      }
      case 'stop':
      case 'kill':
      case 'restart':
      case 'respawn':
        return this.depart(kind, step, atUs, downUs);
      case 'partition':
      case 'hold':
      case 'black-hole':
        return this.cut(kind, step, atUs, untilUs);
      case 'act':
        return this.act(step, atUs, untilUs);
    }
  }

  private depart(kind: 'stop' | 'kill' | 'restart' | 'respawn', step: PlanStep, atUs: number, downUs: number): boolean {
    const peer = this.up.splice(step.peer % Math.max(1, this.up.length), 1)[0];
    if (peer === undefined) return false;
    if (kind === 'restart') {
      const graceful = step.choice % 2 === 1;
      this.actions.push({ atUs, kind, peer, downUs, ...(graceful ? { graceful } : {}) });
      this.coming.push({ peer, atUs: atUs + downUs });
      return true;
    }
    this.down.push(peer);
    if (kind !== 'respawn') {
      this.actions.push({ atUs, kind, peer });
      return true;
    }
    const atOnce = step.choice % 2 === 0;
    this.actions.push({ atUs, kind, peer, fresh: this.fresh, ...(atOnce ? {} : { downUs }) });
    this.coming.push({ peer: this.fresh++, atUs: atOnce ? atUs : atUs + downUs });
    return true;
  }

  private cut(kind: 'partition' | 'hold' | 'black-hole', step: PlanStep, atUs: number, untilUs: number): boolean {
    const peer = this.up[step.peer % Math.max(1, this.up.length)];
    if (peer === undefined) return false;
    if (kind === 'partition') {
      if (this.partitionUntilUs >= atUs) return false;
      this.partitionUntilUs = untilUs;
      // At most half of those that may be churned, those that follow the first in turn.
      const size = 1 + (step.choice % Math.max(1, Math.floor(this.up.length / 2)));
      const hit = Array.from({ length: size }, (_, count) => this.up[(step.peer + count) % this.up.length]!);
      const oneWay = step.choice % 3 === 0;
      this.actions.push({ atUs, kind, groups: [[], hit.toSorted((a, b) => a - b)], ...(oneWay ? { oneWay } : {}) });
      this.actions.push({ atUs: untilUs, kind: 'heal' });
      return true;
    }
    if (!this.claim(`${kind} ${peer}`, atUs, untilUs)) return false;
    if (kind === 'black-hole') {
      this.actions.push({ atUs, kind, peer, on: true }, { atUs: untilUs, kind, peer, on: false });
      return true;
    }
    const kept = Array.from({ length: this.layout.keep }, (_, index) => index);
    const others = [...kept, ...this.up].filter((other) => other !== peer).slice(0, MOST_HELD);
    for (const to of others) {
      this.actions.push({ atUs, kind, from: peer, to }, { atUs: untilUs, kind: 'release', from: peer, to });
    }
    return others.length > 0;
  }

  private act(step: PlanStep, atUs: number, untilUs: number): boolean {
    const { acts } = this.layout;
    const peer = this.up[step.peer % Math.max(1, this.up.length)];
    const planned = acts[step.choice % Math.max(1, acts.length)];
    if (peer === undefined || planned === undefined) return false;
    const { act, args, switched = false } = planned;
    if (!switched) {
      this.actions.push({ atUs, kind: 'act', peer, act, ...(args === undefined ? {} : { args: { ...args } }) });
      return true;
    }
    if (!this.claim(`${act} ${peer}`, atUs, untilUs)) return false;
    this.actions.push({ atUs, kind: 'act', peer, act, args: { ...args, on: true } });
    this.actions.push({ atUs: untilUs, kind: 'act', peer, act, args: { ...args, on: false } });
    return true;
  }

  /** False while the same is open already. */
  private claim(what: string, atUs: number, untilUs: number): boolean {
    if ((this.busyUntilUs.get(what) ?? -1) >= atUs) return false;
    this.busyUntilUs.set(what, untilUs);
    return true;
  }
}
