import test from 'ava';
import fc from 'fast-check';
import { InputError } from '../errors.ts';
import { PeerId } from '../peer.ts';
import { opaque } from './opaque.ts';
import { PathClasses, segmentsOf } from './path-classes.ts';
import { Walker } from './walk.ts';

const all = (): boolean => true;

interface Found {
  sizes: Record<string, number>;
  mentions: Record<string, number>;
  examples: string[];
  hidden: Record<string, number>;
}

function walkOf(state: Record<string, unknown>, accept: (peer: PeerId) => boolean = all): Found {
  const walker = new Walker(new PathClasses());
  walker.walk(state, [], accept);
  const mentions: Record<string, number> = {};
  for (const { classId, count } of walker.mentions) {
    const path = walker.classes.path(classId);
    mentions[path] = (mentions[path] ?? 0) + count;
  }
  return {
    sizes: Object.fromEntries(walker.sizedClasses.map((id) => [walker.classes.path(id), walker.sizeOf(id)!])),
    mentions,
    examples: walker.mentions.map((mention) => walker.examplePath(mention)),
    hidden: Object.fromEntries([...walker.hidden].map(([id, count]) => [walker.classes.path(id), count])),
  };
}

const p1 = new PeerId(1);
const p2 = new PeerId(2);

test('mentions are found in every kind of place, with their path class and an example', (t) => {
  const { mentions, examples } = walkOf({
    direct: p1,
    set: new Set([p2, p1]),
    list: [1, p1],
    keyed: new Map([[p1, 0]]),
    valued: new Map([['chat', p1]]),
    held: new Map<unknown, unknown>([[p2, { by: p1 }]]),
    deep: new Map([['chat', { hyparview: { peerData: new Map([[p1, new Uint8Array(3)]]) } }]]),
    composite: new Map([[{ peer: p1, at: 0 }, true]]),
    dictionary: { 'a-b': p1, topic7: { peer: p1 }, plain: p1 },
  });
  t.deepEqual(mentions, {
    direct: 1,
    'set[*]': 2,
    'list[*]': 1,
    'keyed[key]': 1,
    'valued[*]': 1,
    'held[key]': 1,
    'held[*].by': 1,
    'deep[*].hyparview.peerData[key]': 1,
    'composite[key].peer': 1,
    'dictionary[*]': 1,
    'dictionary[*].peer': 1,
    'dictionary.plain': 1,
  });
  t.deepEqual(examples.toSorted(), [
    'composite[key object].peer',
    'deep["chat"].hyparview.peerData[key p1]',
    'dictionary.plain',
    'dictionary["a-b"]',
    'dictionary["topic7"].peer',
    'direct',
    'held[key p2]',
    'held[p2].by',
    'keyed[key p1]',
    'list[1]',
    'set[0]',
    'set[1]',
    'valued["chat"]',
  ]);
});

test('sizes are summed over the collections of a class, empty ones included, buffers in bytes', (t) => {
  const walker = new Walker(new PathClasses());
  const topics = new Map([
    ['a', { seen: new Set([1, 2, 3]), queue: [] }],
    ['b', { seen: new Set([1]), queue: [0, 0] }],
  ]);
  walker.walk({ topics, cache: { k1: new Uint8Array(10), k2: new ArrayBuffer(5) } }, [], all);
  const sizes = walker.sizedClasses.map((id) => [walker.classes.path(id), walker.sizeOf(id), walker.largestOf(id)]);
  t.deepEqual(sizes, [
    ['topics', 2, 2],
    ['cache', 2, 2],
    ['topics[*]', 4, 2],
    ['cache[*](bytes)', 15, 10],
    ['topics[*].seen', 4, 3],
    ['topics[*].queue', 2, 2],
  ]);
});

test('only accepted peers are mentions, and a peer is never entered', (t) => {
  const inside = Object.assign(new PeerId(7), { secret: p1 });
  t.deepEqual(walkOf({ a: [p1, p2, inside] }, (peer) => peer === p2).mentions, { 'a[*]': 1 });
  t.deepEqual(walkOf({ a: [inside] }).mentions, { 'a[*]': 1 });
});

test('cycles end and shared structures are entered once', (t) => {
  const shared = { peer: p1 };
  const loop: Record<string, unknown> = { shared, again: shared, map: new Map() };
  loop['self'] = loop;
  (loop['map'] as Map<unknown, unknown>).set(loop, loop);
  const { mentions, sizes } = walkOf({ loop });
  t.deepEqual(mentions, { 'loop.shared.peer': 1 });
  t.deepEqual(sizes, { loop: 4, 'loop.shared': 1, 'loop.map': 1 });
});

test('the example is a shortest path', (t) => {
  const { examples } = walkOf({ long: { a: { b: [p1] } }, index: [[p1]] });
  t.deepEqual(examples, ['index[0][0]', 'long.a.b[0]']);
});

test('opaque objects, functions and primitives are leaves', (t) => {
  class Sealed {
    peer = p1;
    get [opaque](): boolean {
      return true;
    }
  }
  class Instance {
    peer = p1;
    readonly [opaque] = true;
  }
  class Heir extends Sealed {
    more = [p1];
  }
  const carrier = Object.assign(() => p1, { peer: p1 });
  t.deepEqual(walkOf({ a: new Sealed(), b: [new Heir()], c: new Instance(), carrier, d: null, e: 'p1' }).mentions, {});
});

test('class instances show their own fields, derived Maps and Sets their elements too', (t) => {
  class Base {
    peer1 = p1;
    protected inner = new Set([p1]);
  }
  class Table extends Map<PeerId, number> {
    owner = p2;
    override get size(): number {
      return super.size;
    }
  }
  const { mentions, sizes } = walkOf({ it: new Base(), table: new Table([[p1, 1]]) });
  t.deepEqual(mentions, { 'it.peer1': 1, 'it.inner[*]': 1, 'table[key]': 1, 'table.owner': 1 });
  t.deepEqual(sizes, { 'it.inner': 1, table: 1 });
});

test('no getter is called', (t) => {
  class Lazy {
    get onPrototype(): never {
      throw new Error('called');
    }
  }
  const own = Object.defineProperty({ peer: p1 }, 'lazy', {
    enumerable: true,
    get: () => {
      throw new Error('called');
    },
  });
  const { mentions, hidden } = walkOf({ lazy: new Lazy(), own });
  t.deepEqual(mentions, { 'own.peer': 1 });
  t.deepEqual(hidden, {});
});

test('what cannot be looked into is counted, and hides nothing beside it', (t) => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const throwing = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no');
      },
    },
  );
  const { mentions, hidden } = walkOf({
    list: [revoked.proxy, p1],
    throwing,
    overMap: new Proxy(new Map([[1, 2]]), {}),
    weak: [new WeakMap(), new WeakSet(), new WeakRef({})],
    promise: Promise.resolve(p1),
    suspended: (function* () {
      yield p1;
    })(),
    after: p1,
  });
  t.deepEqual(mentions, { after: 1, 'list[*]': 1 });
  t.deepEqual(hidden, { throwing: 1, overMap: 1, promise: 1, suspended: 1, 'list[*]': 1, 'weak[*]': 3 });
});

test('a proxy that lets itself be read is read', (t) => {
  t.deepEqual(walkOf({ state: new Proxy({ peers: [p1] }, {}) }).mentions, { 'state.peers[*]': 1 });
});

test('recursive structures of any depth have few classes', (t) => {
  const walker = new Walker(new PathClasses());
  let list: unknown = p1;
  let nested: unknown = [p2];
  let tree: unknown = undefined;
  for (let i = 0; i < 100_000; i++) {
    list = { next: list };
    nested = i % 2 === 0 ? [nested] : new Map([[nested, 0]]);
    tree = i % 2 === 0 ? { left: tree } : { right: tree, peer: p1 };
  }
  walker.walk({ list, nested, tree }, [], all);
  t.true(walker.classes.count < 100, String(walker.classes.count));
  const paths = walker.mentions.map((mention) => walker.examplePath(mention));
  t.true(paths.some((path) => path.startsWith('list.next.next') && path.includes('.….next') && path.length < 200));
  t.true(walker.mentions.some(({ peer }) => peer === p2));
});

test('path classes read as they are written', (t) => {
  const classes = new PathClasses();
  for (const path of [
    'a',
    'a.b',
    'a[*].b[key]',
    '[*]',
    'a[*][*][key].c',
    'cache[*](bytes)',
    'pending.timer.do-shuffle[*].peer',
  ]) {
    t.is(classes.path(classes.intern(path)), path);
    t.is(classes.intern(path), classes.intern(path));
  }
  t.deepEqual(segmentsOf('a[*].b[key]'), ['a', '[*]', 'b', '[key]']);
  for (const bad of ['', '.', 'a.', '.a', 'a..b', 'a[0]', 'a[*', 'a]b', 'a b', 'a[*]b']) {
    t.throws(() => segmentsOf(bad), { code: 'bad-path-class' }, bad);
  }
});

/** A random state, and what a walk of it must find. */
interface Planted {
  value: unknown;
  /** By relative path class: mentions and sizes. */
  mentions: [path: string, peer: number][];
  sizes: [path: string, size: number][];
}

const peers = Array.from({ length: 12 }, (_, i) => new PeerId(i));
const leaf = fc.oneof(
  fc
    .constantFrom<unknown>(0, 'p3', null, undefined, true, Symbol('p1'), 10n)
    .map((value): Planted => ({ value, mentions: [], sizes: [] })),
  fc.nat(peers.length - 1).map((index): Planted => ({ value: peers[index], mentions: [['', index]], sizes: [] })),
);

/** Puts what a part holds beneath `step` of the whole. */
function under(step: string, part: Planted): Pick<Planted, 'mentions' | 'sizes'> {
  return {
    mentions: part.mentions.map(([path, peer]) => [step + path, peer]),
    sizes: part.sizes.map(([path, size]) => [step + path, size]),
  };
}

function whole(value: unknown, size: number | undefined, parts: Pick<Planted, 'mentions' | 'sizes'>[]): Planted {
  return {
    value,
    mentions: parts.flatMap(({ mentions }) => mentions),
    sizes: [...(size === undefined ? [] : [['', size] as [string, number]]), ...parts.flatMap(({ sizes }) => sizes)],
  };
}

class Box {
  constructor(fields: Record<string, unknown>) {
    Object.assign(this, fields);
  }
}

const fieldName = fc.constantFrom('alpha', 'beta', 'gamma', 'delta');
const keyName = fc.constantFrom('k1', 'x-y', '7', 'with.dot', 'a[b]');
const { state } = fc.letrec<{ state: Planted }>((tie) => {
  const parts = fc.array(tie('state'), { maxLength: 5 });
  const fields = fc.array(fc.tuple(fc.oneof(fieldName, keyName), tie('state')), { maxLength: 5 });
  const entries = fc.array(fc.tuple(tie('state'), tie('state')), { maxLength: 5 });
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
        return whole(Object.fromEntries([...own].map(([name, { value }]) => [name, value])), own.size, inner);
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
      entries.map((each) => {
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

test('every planted mention is found, none is invented, and all sizes are right, in random states', (t) => {
  const tally = (pairs: [string, number][]): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const [path, amount] of pairs) sums[path] = (sums[path] ?? 0) + amount;
    return sums;
  };
  let planted = 0;
  fc.assert(
    fc.property(state, fc.constantFrom(1, 2, 3), (it, divisor) => {
      const departed = it.mentions.filter(([, index]) => index % divisor === 0);
      planted += departed.length;
      const { mentions, sizes, hidden } = walkOf({ root: it.value }, (peer) => peer.index % divisor === 0);
      t.deepEqual(mentions, tally(departed.map(([path]) => [`root${path}`, 1])));
      t.deepEqual(sizes, tally(it.sizes.map(([path, size]) => [`root${path}`, size])));
      t.deepEqual(hidden, {});
    }),
    { seed: 41, numRuns: 1000 },
  );
  t.true(planted > 1000, String(planted));
});

test('an example path leads to its peer', (t) => {
  fc.assert(
    fc.property(state, (it) => {
      const walker = new Walker(new PathClasses());
      walker.walk({ root: it.value }, [], all);
      for (const mention of walker.mentions) {
        // Generalising the example's keys gives back the class.
        const general = walker
          .examplePath(mention)
          .replace(/\[key (?:"(?:[^"\\]|\\.)*"|[^\]]*)\]/g, '[key]')
          .replace(/\[(?!key\])(?:"(?:[^"\\]|\\.)*"|[^\]]*)\]/g, '[*]');
        t.is(general, walker.classes.path(mention.classId));
      }
    }),
    { seed: 42, numRuns: 300 },
  );
});

test('a million elements are walked in reasonable time, and nothing of them is kept after a reset', (t) => {
  const departed = new PeerId(0);
  const million = 1_000_000;
  const records = new Map(Array.from({ length: million / 4 }, (_, i) => [new PeerId(i), { round: i, from: p1 }]));
  const state: Record<string, unknown> = {
    ids: new Set(Array.from({ length: million }, (_, i) => `id${i}`)),
    peers: new Set(Array.from({ length: million }, (_, i) => (i === 77 ? departed : new PeerId(i)))),
    records,
  };
  const walker = new Walker(new PathClasses());
  const startedMs = Date.now();
  walker.walk(state, [], (peer) => peer === departed);
  const tookMs = Date.now() - startedMs;
  t.log(`${tookMs} ms for ${2.25 * million} elements`);
  t.true(tookMs < 5000);
  t.is(walker.mentions.length, 1);
  t.is(walker.examplePath(walker.mentions[0]!), 'peers[77]');
  walker.reset();
  t.is(walker.mentions.length, 0);
});

test('a state that is too large to walk, or never ends, is refused with its owner, the place and the limit', (t) => {
  const more = (): object =>
    new Proxy(
      {},
      {
        ownKeys: () => ['more'],
        getOwnPropertyDescriptor: () => ({ value: more(), enumerable: true, configurable: true }),
      },
    );
  const longest: unknown[] = [];
  longest.length = 2 ** 32 - 1;
  const liar = new Proxy([], { get: (target, key) => (key === 'length' ? 2 ** 40 : Reflect.get(target, key)) });
  const walker = new Walker(new PathClasses(), { elements: 1000, objects: 100 });
  const refusal = (state: Record<string, unknown>): string => {
    const error = t.throws(() => walker.walk(state, [], all, 'p7'), { instanceOf: InputError });
    t.is(error.code, 'state-too-large');
    return error.message;
  };
  const end = 'expected no more, as a census walks through all of them';
  t.is(
    refusal({ sparse: longest }),
    `the state of p7 holds more than 1000 elements, those that go beyond at sparse; ${end}`,
  );
  t.regex(refusal({ liar }), /1000 elements, those that go beyond at liar;/);
  t.regex(refusal({ more: more() }), /100 objects, those that go beyond at more\.more\.more;/);
  t.regex(refusal({ map: new Map(Array.from({ length: 1001 }, (_, i) => [i, i])) }), /1000 elements, .* at map;/);
  t.regex(refusal({ list: Array.from({ length: 100 }, () => ({})) }), /100 objects, .* at list\[\*\];/);
  t.notThrows(() => walker.walk({ set: new Set(Array.from({ length: 1000 }, (_, i) => i)) }, [], all));
  t.notThrows(() => walker.walk({ bytes: new Uint8Array(5000) }, [], all));
});
