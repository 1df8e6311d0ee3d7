// What the author of a hosted class is given to connect one life of it by.
// Invariant: what is sent is copied, so that no two nodes ever hold the same object; after the life nothing has an effect.
import { opaque } from '../../sim/census/opaque.ts';
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import type { Identity } from '../residue/identities.ts';
import type { HostedActArgs } from './hosted-life.ts';
import type { OwnLife } from './own-life.ts';

/** What {@link HostedPeer.open} is told of a ledger entry. */
export interface HostedEntryOptions {
  /** Name of the peer that it serves. */
  readonly subject?: string;
  /** What it holds; 0 or more, default 0. */
  readonly bytes?: number;
}

/** Is told of a message; `from` is the name of the sender. */
export type OnMessage = (from: string, message: unknown) => unknown;
/** Begins a broadcast. */
export type OnBroadcast = (id: string, content: string) => unknown;
/** Carries out an action of the plan. */
export type OnAct = (act: string, args: HostedActArgs) => unknown;

/** One life, as its author sees it. Its functions may be passed on as they are: none needs `this`. */
export class HostedPeer<Config = unknown, DefectId extends string = string> {
  /** What this peer is called, such as `p3`; a life that comes back has the name of the one before. */
  readonly name: string;
  /** Ordinal of the peer within the run, from 0. */
  readonly index: number;
  /** Which life of the peer it is, from 1. */
  readonly life: number;
  /** Validated configuration of the run. */
  readonly config: Config;
  /** True for each defect that is switched on. */
  readonly defects: Readonly<Record<DefectId, boolean>>;
  readonly #life: OwnLife;

  constructor(life: OwnLife, config: Config, defects: Readonly<Record<DefectId, boolean>>) {
    this.name = String(life.peer);
    this.index = life.peer.index;
    this.life = life.incarnation;
    this.config = config;
    this.defects = defects;
    this.#life = life;
  }

  /** A census never walks into the harness. */
  get [opaque](): boolean {
    return true;
  }

  /** Names of the peers that a starting node may ask to let it in: those that run now, in random order. */
  readonly contacts = (): string[] => this.#life.run.contactsFor(this.#life).map(String);

  /**
   * Sends a datagram: it arrives late, once, twice or never, as the network has it. It is copied as by
   * `structuredClone`, and a Buffer stays one.
   *
   * @param to - Name of a peer, or whatever else it is called.
   * @throws {TypeError} For what no peer was ever called.
   */
  readonly send = (to: string, message: unknown): void => this.#life.send(to, message);

  /** Who is told of what arrives. */
  readonly onMessage = (listener: OnMessage): void => {
    this.#life.message = listener;
  };

  /** Who begins a broadcast of the workload here; it must carry `id`, by which {@link delivered} tells of it. */
  readonly onBroadcast = (listener: OnBroadcast): void => {
    this.#life.broadcasting = listener;
  };

  /** Who carries out an action of the plan. */
  readonly onAct = (listener: OnAct): void => {
    this.#life.acting = listener;
  };

  /** A broadcast arrived here for the first time; `hops` is 1 by default. */
  readonly delivered = (id: string, hops?: number): void => {
    if (this.#life.running) this.#life.deliver(id, hops);
  };

  /** This peer is called this as well, in the state of others: an address, the bytes of a key. */
  readonly isCalled = (...identities: Identity[]): void => {
    for (const identity of identities) this.#life.run.identities.add(this.#life.peer, identity);
  };

  /** What the census walks, by root name, in place of what was exposed before. */
  readonly exposes = (state: object): void => this.#life.exposes(state);

  /** Opens a ledger entry of this node at a site `<bucket>.<name>`, one of few. */
  readonly open = (kind: EntryKind, site: string, options?: HostedEntryOptions): EntryId =>
    this.#life.open(kind, site, options);

  /** Closes an entry, once; `reason` is one of few, `done` by default. */
  readonly close = (entry: EntryId, reason?: string): void => this.#life.close(entry, reason);
}
