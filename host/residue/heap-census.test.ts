import test from 'ava';
import { opaque } from '../../sim/census/opaque.ts';
import { Node } from '../../sim/node.ts';
import { PeerId } from '../../sim/peer.ts';
import { heapGrowth, takeHeapCensus } from './heap-census.ts';
import { Identities } from './identities.ts';

/** Holds names where no walk over objects comes. */
class Secretive {
  readonly #suspects: string[] = [];
  readonly listeners: (() => string)[] = [];
  readonly running: Generator<undefined, void>[] = [];
  readonly plain = new Map<string, number>();

  add(name: string): void {
    this.#suspects.push(name);
    const captured = { who: name };
    this.listeners.push(() => captured.who);
    const generator = Secretive.wait(name);
    generator.next();
    this.running.push(generator);
    this.plain.set(name, 1);
  }

  get suspectCount(): number {
    return this.#suspects.length;
  }

  private static *wait(name: string): Generator<undefined, void> {
    const waitsFor = [name];
    yield undefined;
    waitsFor.pop();
  }
}

class Harness {
  readonly #names: string[];
  constructor(names: string[]) {
    this.#names = names;
  }
  get [opaque](): boolean {
    return this.#names.length > 0;
  }
}

class Exposing extends Node {
  readonly state: Record<string, unknown>;
  constructor(state: Record<string, unknown>) {
    super();
    this.state = state;
  }
  override expose(): Record<string, unknown> {
    return this.state;
  }
  override onMessage(): void {
    // None comes.
  }
  override onTimer(): void {
    // None comes.
  }
}

test('names in private fields, closures and suspended generators are found, and growth by path', (t) => {
  const identities = new Identities();
  const peers = Array.from({ length: 6 }, (_, index) => new PeerId(index + 100));
  for (const peer of peers) {
    identities.add(peer, `${peer}`);
    peer.incarnations = 1;
  }
  const target = new Secretive();
  const node = new Exposing({ target, harness: new Harness(peers.map(String)) });
  for (const peer of peers.slice(0, 2)) target.add(String(peer));
  const before = takeHeapCensus([node], identities, 1);
  for (const peer of peers.slice(2)) target.add(String(peer));
  const after = takeHeapCensus([node], identities, 2);
  t.is(target.suspectCount, 6);
  const hidden = Object.fromEntries(after.hidden.map(({ path, count }) => [path, count]));
  t.is(hidden['target.#suspects[*]'], 6, JSON.stringify(hidden));
  t.is(hidden['target.listeners[*].(closure).captured.who'], 6, JSON.stringify(hidden));
  t.true(
    Object.entries(hidden).some(([path, count]) => path.startsWith('target.running[*].(suspended)') && count >= 6),
    JSON.stringify(hidden),
  );
  t.false(Object.keys(hidden).some((path) => path.includes('harness') || path.includes('plain')));
  const growth = heapGrowth(before, after);
  const listeners = growth.find(({ path }) => path === 'target.listeners[*]');
  t.deepEqual([listeners?.before, listeners?.after], [2, 6], JSON.stringify(growth.slice(0, 12)));
});
