// What a node told of its collections: the same reading side as a walk over a state that could be looked into.
// Invariant: what was told last stands until it is told again; a collection that was told to be gone has size 0.
import type { Mention, Walked } from '../../sim/census/walk.ts';
import type { PathClasses } from '../../sim/census/path-classes.ts';
import type { PeerId } from '../../sim/peer.ts';

interface Collection {
  /** Undefined for a field that is no collection and only mentions peers. */
  readonly size: number | undefined;
  readonly peers: readonly PeerId[];
}

const NO_ORIGIN = -1;

/** The collections of one node. */
export class ToldState implements Walked {
  readonly classes: PathClasses;
  readonly mentions: Mention[] = [];
  readonly hidden: Map<number, number> = new Map<number, number>();
  private readonly collections = new Map<number, Collection>();
  private readonly heads = new Map<PeerId, Mention>();

  /** @param classes - Those of the whole check. */
  constructor(classes: PathClasses) {
    this.classes = classes;
  }

  /** Notes what a collection holds; `peers` are the identities that it mentions, once for each mention. */
  tell(classId: number, size: number | undefined, peers: readonly PeerId[]): void {
    this.collections.set(classId, { size, peers });
  }

  /** Gathers the mentions of departed peers, as they stand now. */
  look(): this {
    this.mentions.length = 0;
    this.heads.clear();
    for (const [classId, { peers }] of this.collections) {
      for (const peer of peers) if (peer.departed) this.mention(peer, classId);
    }
    return this;
  }

  get sizedClasses(): number[] {
    return [...this.collections].filter(([, { size }]) => size !== undefined).map(([classId]) => classId);
  }

  sizeOf(classId: number): number | undefined {
    return this.collections.get(classId)?.size;
  }

  largestOf(classId: number): number | undefined {
    return this.sizeOf(classId);
  }

  mentionsOf(peer: PeerId): Mention | undefined {
    return this.heads.get(peer);
  }

  /** The path class with the peer, as a log tells no path within it. */
  examplePath({ classId, peer }: Mention): string {
    return `${this.classes.path(classId)} (${String(peer)})`;
  }

  private mention(peer: PeerId, classId: number): void {
    const head = this.heads.get(peer);
    for (let known = head; known !== undefined; known = known.next) {
      if (known.classId !== classId) continue;
      known.count++;
      return;
    }
    const mention: Mention = { peer, classId, count: 1, origin: NO_ORIGIN, key: undefined, next: head };
    this.heads.set(peer, mention);
    this.mentions.push(mention);
  }
}
