// Tells what the nodes of a simulated run hold: every collection with its size, and the departed peers that it mentions.
// Invariant: what has not changed since it was told last is not told again.
import { takeCensus } from '../../sim/census/census.ts';
import { RetentionRules } from '../../sim/census/retention.ts';
import type { Walked } from '../../sim/census/walk.ts';
import type { Node } from '../../sim/node.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import { pendingItems } from '../soak/pending-items.ts';
import type { Soak } from '../soak/scenario.ts';
import type { WrittenEvent } from './event.ts';

interface Held {
  readonly size: number | undefined;
  readonly peers: readonly string[];
}

const NOTHING: Held = { size: 0, peers: [] };

/** See the file's head. */
export class CollectionTeller {
  private readonly simulation: Simulation;
  private readonly world: World;
  private readonly rules: RetentionRules;
  private readonly tellEvent: (node: Node, event: WrittenEvent) => void;
  /** What each node told last, by path. */
  private readonly told = new WeakMap<object, Map<string, Held>>();

  constructor(soak: Soak, simulation: Simulation, world: World, tell: (node: Node, event: WrittenEvent) => void) {
    this.simulation = simulation;
    this.world = world;
    this.rules = new RetentionRules(soak.model.retention(soak.config));
    this.tellEvent = tell;
  }

  /** Looks at every running node, and tells what is not as it was. */
  tell(): void {
    const { simulation, world, rules } = this;
    takeCensus({
      nowUs: simulation.nowUs,
      nodes: [...simulation.running()],
      pending: pendingItems(simulation, world),
      retention: rules,
      walker: world.walker === undefined ? undefined : (classes) => world.walker!(classes),
      onWalked: (node, walked) => this.tellOf(node as Node, heldIn(walked)),
    });
  }

  private tellOf(node: Node, held: ReadonlyMap<string, Held>): void {
    let told = this.told.get(node);
    if (told === undefined) this.told.set(node, (told = new Map<string, Held>()));
    for (const path of new Set([...held.keys(), ...told.keys()])) {
      const before = told.get(path);
      const now = held.get(path) ?? (before?.size === undefined ? { size: undefined, peers: [] } : NOTHING);
      if (before !== undefined && isAlike(before, now)) continue;
      told.set(path, now);
      this.tellEvent(node, {
        kind: 'collection',
        path,
        size: now.size,
        peers: now.peers.length > 0 || (before?.peers.length ?? 0) > 0 ? now.peers : undefined,
      });
    }
  }
}

function heldIn(walked: Walked): Map<string, Held> {
  const peers = new Map<number, string[]>();
  for (const { classId, peer, count } of walked.mentions) {
    let names = peers.get(classId);
    if (names === undefined) peers.set(classId, (names = []));
    for (let i = 0; i < count; i++) names.push(String(peer));
  }
  const held = new Map<string, Held>();
  for (const classId of new Set([...walked.sizedClasses, ...peers.keys()])) {
    // The path of what stands at the root is empty, and names nothing.
    const path = walked.classes.path(classId);
    if (path !== '') held.set(path, { size: walked.sizeOf(classId), peers: peers.get(classId) ?? [] });
  }
  return held;
}

function isAlike(one: Held, other: Held): boolean {
  return (
    one.size === other.size &&
    one.peers.length === other.peers.length &&
    one.peers.every((peer, place) => peer === other.peers[place])
  );
}
