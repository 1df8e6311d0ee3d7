import test from 'ava';
import fc from 'fast-check';
import { opaque } from '../../sim/census/opaque.ts';
import { PathClasses } from '../../sim/census/path-classes.ts';
import { PeerId } from '../../sim/peer.ts';
import { HostedSimulation } from '../hosted-simulation.ts';
import { Identities } from './identities.ts';
import { LiveWalker } from './live-walker.ts';
import type { Recognise } from './live-walker.ts';

const peers = Array.from({ length: 6 }, (_, index) => new PeerId(index));
const nameOf = (index: number): string => `12D3Koo${'abcdef'[index]}${index}`;
const bytesOf = (index: number): Uint8Array => new Uint8Array([0, 36, 8, index, 18, 32]);

function identitiesOfAll(): Identities {
  const identities = new Identities();
  for (const peer of peers) {
    identities.add(peer, nameOf(peer.index));
    identities.add(peer, bytesOf(peer.index));
  }
  return identities;
}

interface Found {
  readonly mentions: Record<string, number>;
  readonly sizes: Record<string, number>;
  readonly hidden: Record<string, number>;
  readonly examples: readonly string[];
}

function walkOf(roots: Record<string, unknown>, recognise?: Recognise): Found {
  const walker = new LiveWalker(new PathClasses(), identitiesOfAll(), recognise);
  walker.walk(roots, [], () => true);
  const mentions: Record<string, number> = {};
  for (const { classId, count } of walker.mentions) {
    const path = walker.classes.path(classId);
    mentions[path] = (mentions[path] ?? 0) + count;
  }
  const sizes = walker.sizedClasses.map((id) => [walker.classes.path(id), walker.sizeOf(id)!] as const);
  const hidden = [...walker.hidden].map(([id, count]) => [walker.classes.path(id), count] as const);
  return {
    mentions,
    sizes: Object.fromEntries(sizes),
    hidden: Object.fromEntries(hidden),
    examples: walker.mentions.map((mention) => walker.examplePath(mention)),
  };
}

test('peers are found by name, as a whole and as a part, by bytes, by key, and by reference', (t) => {
  const { mentions, examples } = walkOf({
    scores: new Map([[nameOf(1), { positive: true }]]),
    records: { [nameOf(2)]: { at: 1 } },
    addresses: [`/ip4/10.0.0.3/tcp/4001/p2p/${nameOf(3)}`, `${nameOf(3)}x`, `x${nameOf(3)}`, 'nobody'],
    keys: [bytesOf(4), Buffer.from(bytesOf(4)), new Uint8Array([1, 2])],
    last: nameOf(5),
    direct: new Set([peers[0]]),
  });
  t.deepEqual(mentions, {
    'scores[key]': 1,
    'records[key]': 1,
    'addresses[*]': 1,
    'keys[*]': 2,
    last: 1,
    'direct[*]': 1,
  });
  t.true(examples.includes(`scores[key "${nameOf(1)}"]`));
  t.true(examples.includes('keys[0]'));
});

test('fields that are not enumerable or have a symbol for a name are read, and private ones cannot be', (t) => {
  const label: unique symbol = Symbol('peer id');
  class Holder {
    readonly #hidden = nameOf(1);
    readonly [label] = nameOf(2);
    get length(): number {
      return this.#hidden.length;
    }
  }
  const holder = Object.defineProperty(new Holder(), 'quiet', { value: nameOf(3), enumerable: false });
  t.deepEqual(walkOf({ holder }).mentions, { 'holder.@peer_id': 1, 'holder.quiet': 1 });
});

test('no getter is called, of fields, elements, sizes or prototypes', (t) => {
  const refuse = {
    get: (): never => {
      throw new Error('a getter was called');
    },
    enumerable: true,
    configurable: true,
  };
  class Sly extends Map<string, unknown> {
    override get size(): number {
      return refuse.get();
    }
    override entries(): never {
      return refuse.get();
    }
    override [Symbol.iterator](): never {
      return refuse.get();
    }
  }
  const bytes = Object.defineProperty(new Uint8Array(3), 'byteLength', refuse);
  const error = new Error('with a stack');
  Error.prepareStackTrace = () => refuse.get();
  t.teardown(() => {
    delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
  });
  const found = walkOf({
    own: Object.defineProperty({ peer: nameOf(1) }, 'lazy', refuse),
    list: Object.defineProperty([nameOf(2)], 1, refuse),
    sly: new Sly([[nameOf(3), 1]]),
    inherited: Object.create(Object.defineProperty({}, 'x', refuse)) as object,
    tagged: Object.defineProperty({ peer: nameOf(4) }, Symbol.toStringTag, refuse),
    opaqueLooking: Object.defineProperty({ peer: nameOf(5) }, opaque, refuse),
    bytes,
    error,
  });
  t.deepEqual(found.mentions, {
    'own.peer': 1,
    'list[*]': 1,
    'sly[key]': 1,
    'tagged.peer': 1,
    'opaqueLooking.peer': 1,
  });
  t.is(found.sizes['sly'], 1);
  t.deepEqual(found.hidden, {});
});

test('no trap of a Proxy is called, wherever it stands, and it hides nothing beside it', (t) => {
  const trapped: string[] = [];
  const handler = new Proxy(
    {},
    {
      get: (_, trap) => {
        trapped.push(String(trap));
        return undefined;
      },
    },
  );
  const proxy = <T extends object>(target: T): T => new Proxy(target, handler);
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  class Base {
    readonly peer = nameOf(1);
  }
  Object.setPrototypeOf(Base.prototype, proxy({}));
  const found = walkOf(
    {
      plain: proxy({ peer: nameOf(2) }),
      list: [proxy([nameOf(2)]), revoked.proxy, nameOf(3)],
      map: new Map<unknown, unknown>([[proxy({}), proxy(new Map())]]),
      odd: new Base(),
      made: Object.create(proxy({})) as object,
    },
    () => undefined,
  );
  t.deepEqual(trapped, []);
  t.deepEqual(found.mentions, { 'odd.peer': 1, 'list[*]': 1 });
  t.deepEqual(found.hidden, { plain: 1, 'list[*]': 2, 'map[key]': 1, 'map[*]': 1 });
});

test('what an adapter recognises is a mention and is not entered', (t) => {
  class Id {
    readonly text: string;
    readonly inner = { name: nameOf(5) };
    constructor(text: string) {
      this.text = text;
    }
  }
  const asked: object[] = [];
  const recognise = (value: object): string | undefined => {
    asked.push(value);
    return value instanceof Id ? value.text : undefined;
  };
  const { mentions } = walkOf(
    { ids: [new Id(nameOf(1)), new Id(nameOf(1))], others: { a: [], b: new Map() } },
    recognise,
  );
  t.deepEqual(mentions, { 'ids[*]': 2 });
  t.is(asked.length, 2);
});

test('what is opaque, the platform and modules are not entered', async (t) => {
  class Harness {
    readonly peer = nameOf(1);
    get [opaque](): boolean {
      return true;
    }
  }
  class Registry extends Map<string, string> {
    get [opaque](): boolean {
      return true;
    }
  }
  const namespace = await import('./identities.ts');
  const { mentions, sizes } = walkOf({
    harness: new Harness(),
    derived: new (class extends Harness {})(),
    registry: new Registry([[nameOf(2), '']]),
    one: { [opaque]: true, peer: nameOf(3) },
    globalThis,
    process,
    namespace,
  });
  t.deepEqual(mentions, {});
  t.deepEqual(sizes, {});
});

test('weak collections, promises, generators and iterators are counted as not inspected', (t) => {
  const { hidden, mentions } = walkOf({
    weak: [new WeakMap(), new WeakSet(), new WeakRef({})],
    promise: Promise.resolve(nameOf(1)),
    iterator: new Map([[nameOf(1), 1]]).keys(),
    suspended: (function* () {
      yield nameOf(1);
    })(),
  });
  t.deepEqual(hidden, { 'weak[*]': 3, promise: 1, iterator: 1, suspended: 1 });
  t.deepEqual(mentions, {});
});

test('cycles end, and an object that is held twice has its shortest path', (t) => {
  const shared = { peer: nameOf(1) };
  const deep: Record<string, unknown> = { below: { below: { shared } } };
  deep['self'] = deep;
  const { mentions, examples } = walkOf({ deep, near: shared });
  t.deepEqual(mentions, { 'near.peer': 1 });
  t.deepEqual(examples, ['near.peer']);
});

test('what an armed timer is called with is looked into', (t) => {
  const host = new HostedSimulation({ seed: 'timer' });
  host.install();
  const timer = setTimeout((_held: unknown) => {}, 1000, { peer: nameOf(1) });
  host.close();
  t.deepEqual(walkOf({ timer }).mentions, { 'timer.args[*].peer': 1 });
});

/** A random object graph, and what a naive walk of it finds: mentions by class, and sizes. */
interface Planted {
  readonly value: unknown;
  readonly mentions: readonly string[];
  readonly sizes: readonly (readonly [string, number])[];
}

function under(step: string, part: Planted): Pick<Planted, 'mentions' | 'sizes'> {
  return {
    mentions: part.mentions.map((path) => step + path),
    sizes: part.sizes.map(([path, size]) => [step + path, size] as const),
  };
}

function whole(value: unknown, size: number | undefined, parts: Pick<Planted, 'mentions' | 'sizes'>[]): Planted {
  return {
    value,
    mentions: parts.flatMap(({ mentions }) => mentions),
    sizes: [...(size === undefined ? [] : [['', size] as const]), ...parts.flatMap(({ sizes }) => sizes)],
  };
}

const leaf = fc.oneof(
  fc
    .constantFrom<unknown>(0, 'nobody', null, undefined, true, 7n, `${nameOf(0)}0`, () => nameOf(1))
    .map((value): Planted => whole(value, undefined, [])),
  fc.nat(5).map((index): Planted => ({ value: nameOf(index), mentions: [''], sizes: [] })),
  fc.nat(5).map((index): Planted => ({ value: `/p2p/${nameOf(index)}/x`, mentions: [''], sizes: [] })),
  fc.nat(5).map((index): Planted => ({ value: bytesOf(index), mentions: [''], sizes: [] })),
  fc.nat(5).map((index): Planted => ({ value: peers[index], mentions: [''], sizes: [] })),
);

class Box {
  constructor(fields: Record<string, unknown>) {
    for (const [name, value] of Object.entries(fields)) {
      Object.defineProperty(this, name, { value, enumerable: name !== 'beta', configurable: true });
    }
    Object.defineProperty(this, 'trap', {
      get: () => {
        throw new Error('a getter was called');
      },
      enumerable: true,
    });
  }
}

const fieldName = fc.constantFrom('alpha', 'beta', 'gamma', 'delta');
const keyName = fc.oneof(fc.constantFrom('k1', 'x-y', '7'), fc.nat(5).map(nameOf));
const namesPeer = (name: string): boolean => peers.some(({ index }) => nameOf(index) === name);

const { state } = fc.letrec<{ state: Planted }>((tie) => {
  const parts = fc.array(tie('state'), { maxLength: 5 });
  const fields = fc.array(fc.tuple(fc.oneof(fieldName, keyName), tie('state')), { maxLength: 5 });
  return {
    state: fc.oneof(
      // Deeper, a name could repeat often enough to be folded.
      { maxDepth: 3, depthSize: 'medium' },
      leaf,
      parts.map((each) =>
        whole(
          each.map(({ value }) => value),
          each.length,
          each.map((part) => under('[*]', part)),
        ),
      ),
      fields.map((each) => {
        const own = new Map(each);
        const inner = [...own].map(([name, part]) => under(/^[a-z]+$/.test(name) ? `.${name}` : '[*]', part));
        const keys = [...own.keys()].filter(namesPeer).map(() => ({ mentions: ['[key]'], sizes: [] }));
        return whole(Object.fromEntries([...own].map(([name, { value }]) => [name, value])), own.size, [
          ...inner,
          ...keys,
        ]);
      }),
      fc.array(fc.tuple(fieldName, tie('state')), { maxLength: 4 }).map((each) => {
        const own = new Map(each);
        const box = new Box(Object.fromEntries([...own].map(([name, { value }]) => [name, value])));
        return whole(
          box,
          undefined,
          [...own].map(([name, part]) => under(`.${name}`, part)),
        );
      }),
      parts.map((each) => {
        const kept = [...new Map(each.map((part) => [part.value, part])).values()];
        return whole(
          new Set(kept.map(({ value }) => value)),
          kept.length,
          kept.map((part) => under('[*]', part)),
        );
      }),
      fc.array(fc.tuple(tie('state'), tie('state')), { maxLength: 4 }).map((each) => {
        const kept = [...new Map(each.map(([key, part]) => [key.value, [key, part] as const])).values()];
        const map = new Map(kept.map(([key, part]) => [key.value, part.value]));
        return whole(
          map,
          map.size,
          kept.flatMap(([key, part]) => [under('[key]', key), under('[*]', part)]),
        );
      }),
    ),
  };
});

test('a walk finds exactly what a naive model finds, in random object graphs, and calls nothing', (t) => {
  const tally = (paths: readonly (readonly [string, number])[]): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const [path, amount] of paths) sums[path] = (sums[path] ?? 0) + amount;
    return sums;
  };
  let planted = 0;
  fc.assert(
    fc.property(state, (it) => {
      planted += it.mentions.length;
      const { mentions, sizes, hidden } = walkOf({ root: it.value }, () => undefined);
      t.deepEqual(mentions, tally(it.mentions.map((path) => [`root${path}`, 1])));
      t.deepEqual(sizes, tally(it.sizes.map(([path, size]) => [`root${path}`, size])));
      t.deepEqual(hidden, {});
    }),
    { seed: 51, numRuns: 1000 },
  );
  t.true(planted > 1000, String(planted));
});

test('a million live entries are walked in reasonable time', (t) => {
  const million = 1_000_000;
  const roots = {
    ids: new Set(Array.from({ length: million / 2 }, (_, i) => `message-${i}-abcdef`)),
    list: Array.from({ length: million / 4 }, (_, i) => ({ at: i, who: `peer${i}` })),
    last: nameOf(3),
  };
  const startedMs = performance.now();
  const { mentions } = walkOf(roots);
  const tookMs = performance.now() - startedMs;
  t.log(`${Math.round(tookMs)} ms`);
  t.deepEqual(mentions, { last: 1 });
  t.true(tookMs < 8000);
});
