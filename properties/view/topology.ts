// The topology of a run over virtual time: lives, neighbour relations and connections as stretches, and what held at a moment.
// Invariant: rows are in the order of their beginnings; a stretch that goes on ends at -1.

/** Stretches of one kind; row i is what every array has at i. */
export interface EdgeTrack {
  /** Peer that has the edge, and the peer it is about. */
  readonly from: number[];
  readonly to: number[];
  readonly fromUs: number[];
  /** Excluded; -1 while it goes on. */
  readonly untilUs: number[];
}

/** What is known of a run's topology. */
export interface TopologyTrack {
  readonly lives: {
    readonly peer: number[];
    /** Number of the incarnation over the run. */
    readonly serial: number[];
    readonly fromUs: number[];
    /** Excluded; -1 while it goes on. */
    readonly untilUs: number[];
    /** True when the life ended without a word. */
    readonly killed: boolean[];
  };
  /** The neighbour relation, as each side has it; empty when the model has none. */
  readonly neighbours: EdgeTrack;
  /** Open connections of the ledger, each side its own. */
  readonly connections: EdgeTrack & {
    /** Index into {@link sites}. */
    readonly site: number[];
  };
  /** Half-open connections. */
  readonly halfOpen: EdgeTrack;
  readonly sites: string[];
  /** True when more happened than is kept: the rest is missing from {@link cutUs} on. */
  cutUs: number | undefined;
}

/** One peer at a moment. */
export interface PeerNow {
  readonly peer: number;
  readonly live: boolean;
  /** Of the life that runs, or ran last. */
  readonly serial: number;
  readonly fromUs: number;
  /** When its last life ended; undefined while it runs. */
  readonly endedUs: number | undefined;
}

/** What stands between two peers at a moment, in either direction. */
export interface PairNow {
  readonly a: number;
  readonly b: number;
  /** `a` counts `b` as a neighbour, and `b` counts `a`. */
  readonly aHasB: boolean;
  readonly bHasA: boolean;
  /** Open connections between the two that lead to a life that runs. */
  readonly open: number;
  /** Those whose far life has ended: ghosts. */
  readonly ghosts: number;
  readonly halfOpen: number;
}

/** The topology at a moment. */
export interface TopologyNow {
  readonly atUs: number;
  /** Every peer that has lived, in order of index. */
  readonly peers: readonly PeerNow[];
  /** By `a` and `b`, with `a` below `b`. */
  readonly pairs: readonly PairNow[];
  readonly liveCount: number;
  /** One-sided neighbour relations between live peers. */
  readonly asymmetricCount: number;
  readonly openCount: number;
  readonly ghostCount: number;
}

/** A track without a row. */
export function emptyTrack(): TopologyTrack {
  const edges = (): EdgeTrack => ({ from: [], to: [], fromUs: [], untilUs: [] });
  return {
    lives: { peer: [], serial: [], fromUs: [], untilUs: [], killed: [] },
    neighbours: edges(),
    connections: { ...edges(), site: [] },
    halfOpen: edges(),
    sites: [],
    cutUs: undefined,
  };
}

interface Pair {
  readonly a: number;
  readonly b: number;
  aHasB: boolean;
  bHasA: boolean;
  open: number;
  ghosts: number;
  halfOpen: number;
}

/** What held at `atUs`: everything begun by then (included) and not over by then. */
export function topologyAt(track: TopologyTrack, atUs: number): TopologyNow {
  const peers = peersAt(track, atUs);
  const pairs = new Map<number, Pair>();
  const pairOf = (from: number, to: number): Pair => {
    const [a, b] = from < to ? [from, to] : [to, from];
    const key = a * 2 ** 26 + b;
    let pair = pairs.get(key);
    if (pair === undefined) {
      pairs.set(key, (pair = { a, b, aHasB: false, bHasA: false, open: 0, ghosts: 0, halfOpen: 0 }));
    }
    return pair;
  };
  eachAt(track.neighbours, atUs, (from, to) => {
    const pair = pairOf(from, to);
    if (from === pair.a) pair.aHasB = true;
    else pair.bHasA = true;
  });
  let openCount = 0;
  let ghostCount = 0;
  eachAt(track.connections, atUs, (from, to, fromUs) => {
    const far = peers.get(to);
    // One that was dialled before the peer began its life is of that peer's life before.
    const ghost = far === undefined || !far.live || fromUs < far.fromUs;
    if (ghost) ghostCount++;
    else openCount++;
    const pair = pairOf(from, to);
    if (ghost) pair.ghosts++;
    else pair.open++;
  });
  eachAt(track.halfOpen, atUs, (from, to) => pairOf(from, to).halfOpen++);
  let asymmetricCount = 0;
  for (const { a, b, aHasB, bHasA } of pairs.values()) {
    if (aHasB !== bHasA && peers.get(a)?.live === true && peers.get(b)?.live === true) asymmetricCount++;
  }
  const inOrder = [...peers.values()].toSorted((x, y) => x.peer - y.peer);
  return {
    atUs,
    peers: inOrder,
    pairs: [...pairs.values()].toSorted((x, y) => x.a - y.a || x.b - y.b),
    liveCount: inOrder.filter(({ live }) => live).length,
    asymmetricCount,
    openCount,
    ghostCount,
  };
}

function peersAt({ lives }: TopologyTrack, atUs: number): Map<number, PeerNow> {
  const peers = new Map<number, PeerNow>();
  for (let row = 0; row < lives.peer.length; row++) {
    const fromUs = lives.fromUs[row]!;
    if (fromUs > atUs) break;
    const untilUs = lives.untilUs[row]!;
    const live = untilUs < 0 || untilUs > atUs;
    const peer = lives.peer[row]!;
    peers.set(peer, { peer, live, serial: lives.serial[row]!, fromUs, endedUs: live ? undefined : untilUs });
  }
  return peers;
}

function eachAt(track: EdgeTrack, atUs: number, visit: (from: number, to: number, fromUs: number) => void): void {
  const { from, to, fromUs, untilUs } = track;
  for (let row = 0; row < from.length; row++) {
    if (fromUs[row]! > atUs) break;
    const until = untilUs[row]!;
    if (until < 0 || until > atUs) visit(from[row]!, to[row]!, fromUs[row]!);
  }
}
