// The timeline of a recorded run: every snapshot of every node's state, and what each event changed.
// Invariant: moments of one node are in the order its events ran; snapshots are frozen and share what did not change.
import type { Patch } from './step.ts';

/** Receives what each event did to a node's state, in recording mode. */
export interface Recorder {
  /** Whether a peer is to be recorded at all. Nodes that are not run in place, hundreds of times faster. */
  wants(peerIndex: number): boolean;
  /** An incarnation began with this state. */
  began(serial: number, peerIndex: number, atUs: number, state: unknown): void;
  /** An event turned its state into `state`; `input` says what the event was. */
  changed(serial: number, atUs: number, input: string, state: unknown, patches: readonly Patch[]): void;
  /** The incarnation ended. */
  ended(serial: number, atUs: number): void;
}

/** One event of one node. */
export interface Moment {
  readonly atUs: number;
  /** What the event was, such as `message Join from p3`. */
  readonly input: string;
  /** The state after it. */
  readonly state: unknown;
  readonly patches: readonly Patch[];
}

/** One incarnation's recorded life. */
export interface Life {
  readonly serial: number;
  readonly peerIndex: number;
  readonly beganUs: number;
  /** Infinity while it runs. */
  endedUs: number;
  readonly moments: Moment[];
}

/** Keeps the lives of the peers asked for. */
export class Timeline implements Recorder {
  private readonly lives = new Map<number, Life>();
  private readonly wanted: ReadonlySet<number> | undefined;

  /** @param wanted - Indices of the peers to keep; default all. */
  constructor(wanted?: ReadonlySet<number>) {
    this.wanted = wanted;
  }

  wants(peerIndex: number): boolean {
    return this.wanted === undefined || this.wanted.has(peerIndex);
  }

  began(serial: number, peerIndex: number, atUs: number, state: unknown): void {
    const moments: Moment[] = [{ atUs, input: 'start', state, patches: [] }];
    this.lives.set(serial, { serial, peerIndex, beganUs: atUs, endedUs: Infinity, moments });
  }

  changed(serial: number, atUs: number, input: string, state: unknown, patches: readonly Patch[]): void {
    this.lives.get(serial)?.moments.push({ atUs, input, state, patches });
  }

  ended(serial: number, atUs: number): void {
    const life = this.lives.get(serial);
    if (life !== undefined) life.endedUs = atUs;
  }

  /** The lives of a peer, in order. */
  livesOf(peerIndex: number): Life[] {
    return [...this.lives.values()].filter((life) => life.peerIndex === peerIndex);
  }

  /** The last moment of a peer at or before a virtual time; undefined when it was not running then. */
  momentAt(peerIndex: number, atUs: number): Moment | undefined {
    const life = this.livesOf(peerIndex).find(({ beganUs, endedUs }) => beganUs <= atUs && atUs < endedUs);
    return life?.moments.findLast((moment) => moment.atUs <= atUs);
  }

  /** The first moment of a peer after a virtual time, in the same life or a later one. */
  momentAfter(peerIndex: number, atUs: number): Moment | undefined {
    for (const life of this.livesOf(peerIndex)) {
      const moment = life.moments.find((candidate) => candidate.atUs > atUs);
      if (moment !== undefined) return moment;
    }
    return undefined;
  }
}
