import test from 'ava';
import fc from 'fast-check';
import { PeerId } from '../peer.ts';
import { PathClasses } from './path-classes.ts';
import { RetentionRules, type Judgement, type Retention } from './retention.ts';
import { Walker } from './walk.ts';

const why = 'a test says so';
const NOW_US = 1_000_000;

function departed(index: number, agoUs = 0): PeerId {
  const peer = new PeerId(index);
  peer.incarnations = 1;
  peer.departedAtUs = NOW_US - agoUs;
  return peer;
}

interface Judged extends Judgement {
  retained: string[];
  residue: string[];
}

function judge(state: Record<string, unknown>, declarations: readonly Retention[]): Judged {
  const rules = new RetentionRules(declarations);
  const walker = new Walker(rules.classes);
  walker.walk(state, [], (peer) => peer.departed);
  const judgement = rules.judge(walker, NOW_US);
  const paths = (kept: boolean): string[] =>
    walker.mentions
      .filter((_, i) => (judgement.covers[i] !== undefined) === kept)
      .map(({ classId }) => walker.classes.path(classId));
  return { ...judgement, retained: paths(true), residue: paths(false) };
}

test('what nobody declared is residue', (t) => {
  const { residue, violations } = judge({ seen: [departed(1)] }, []);
  t.deepEqual(residue, ['seen[*]']);
  t.deepEqual(violations, []);
});

test('within its cap a collection may hold departed peers, above it none, and the violation says so', (t) => {
  const [a, b, alive] = [departed(1), departed(2), new PeerId(3)];
  const passive: Retention = { path: 'passive', cap: 3, why };
  t.like(judge({ passive: new Set([a, b, alive]) }, [passive]), {
    retained: ['passive[*]', 'passive[*]'],
    violations: [],
  });
  t.like(judge({ passive: new Set([a, b, alive, new PeerId(4)]) }, [passive]), {
    residue: ['passive[*]', 'passive[*]'],
    violations: [{ kind: 'cap', path: 'passive', size: 4, cap: 3 }],
  });
});

test('a cap is broken by size alone, without any departed peer', (t) => {
  const { violations } = judge({ cache: [1, 2, 3] }, [{ path: 'cache', cap: 2, why }]);
  t.deepEqual(violations, [{ kind: 'cap', path: 'cache', size: 3, cap: 2 }]);
});

test('a limit is broken by size alone, and excuses no departed peer', (t) => {
  const limit = (most: number): Retention => ({ path: 'active', limit: most, why });
  const state = { active: [departed(1), new PeerId(2)] };
  t.like(judge(state, [limit(2)]), { residue: ['active[*]'], retained: [], violations: [] });
  t.like(judge(state, [limit(1)]), { violations: [{ kind: 'cap', path: 'active', size: 2, cap: 1 }] });
  t.deepEqual(
    judge({ active: [{ queue: [1, 2, 3] }] }, [limit(1)]).violations,
    [],
    'what elements hold is not counted',
  );
});

test('a cap bounds all collections of its class in the node together', (t) => {
  const topics = new Map([
    ['a', { passive: [departed(1)] }],
    ['b', { passive: [departed(2)] }],
  ]);
  t.like(judge({ topics }, [{ path: 'topics[*].passive', cap: 1, why }]), {
    retained: [],
    violations: [{ kind: 'cap', path: 'topics[*].passive', size: 2, cap: 1 }],
  });
  t.is(judge({ topics }, [{ path: 'topics[*].passive', cap: 2, why }]).retained.length, 2);
});

test('a cap covers keys, elements and their fields, but no collection within', (t) => {
  const missing = new Map<unknown, unknown>([[departed(1), { from: departed(2), queue: [departed(3)] }]]);
  const cap: Retention = { path: 'missing', cap: 5, why };
  t.deepEqual(judge({ missing }, [cap]).retained, ['missing[key]', 'missing[*].from']);
  t.deepEqual(judge({ missing }, [cap]).residue, ['missing[*].queue[*]']);
  t.deepEqual(judge({ missing }, [cap, { path: 'missing[*].queue', cap: 1, why }]).residue, []);
});

test('a cap on a field that is no collection counts its mentions', (t) => {
  const state = { links: [{ peer: departed(1) }, { peer: departed(2) }] };
  t.is(judge(state, [{ path: 'links[*].peer', cap: 2, why }]).retained.length, 2);
  t.deepEqual(judge(state, [{ path: 'links[*].peer', cap: 1, why }]).violations, [
    { kind: 'cap', path: 'links[*].peer', size: 2, cap: 1 },
  ]);
});

test('the tightest of several caps counts as the violation', (t) => {
  const declarations = [4, 2, 1, 9].map((cap) => ({ path: 'cache', cap, why }));
  t.deepEqual(judge({ cache: [1, 2, 3] }, declarations).violations, [{ kind: 'cap', path: 'cache', size: 3, cap: 1 }]);
});

test('a time covers mentions until it has passed, at any depth', (t) => {
  const recent: Retention = { path: 'history', forUs: 100, why };
  t.deepEqual(judge({ history: [[departed(1, 100)]] }, [recent]).retained, ['history[*][*]']);
  t.like(judge({ history: [departed(1, 100), departed(2, 150), departed(3, 101)] }, [recent]), {
    retained: ['history[*]'],
    residue: ['history[*]', 'history[*]'],
    violations: [{ kind: 'time', path: 'history[*]', ageUs: 150, forUs: 100, peerIndex: 2 }],
  });
});

test('a mention that another declaration covers breaks no time', (t) => {
  const state = { history: [departed(1, 150)] };
  const { retained, violations } = judge(state, [
    { path: 'history', forUs: 100, why },
    { path: 'history', cap: 1, why },
  ]);
  t.deepEqual([retained, violations], [['history[*]'], []]);
});

test('a while needs a retained mention of the same peer, through chains but not through circles', (t) => {
  const [kept, lost] = [departed(1), departed(2)];
  const state = {
    data: new Map([kept, lost].map((peer) => [peer, 0])),
    alive: [kept, lost],
    passive: [kept],
    active: [lost],
  };
  const chain: Retention[] = [
    { path: 'data', while: ['alive'], why },
    { path: 'alive', while: ['data', 'passive'], why },
    { path: 'passive', cap: 1, why },
  ];
  const { retained, residue } = judge(state, chain);
  t.deepEqual(retained.toSorted(), ['alive[*]', 'data[key]', 'passive[*]']);
  t.deepEqual(residue.toSorted(), ['active[*]', 'alive[*]', 'data[key]']);
});

test('a while beside a broken cap covers nothing', (t) => {
  const peer = departed(1);
  const declarations: Retention[] = [
    { path: 'data', while: ['passive'], why },
    { path: 'passive', cap: 0, why },
  ];
  t.deepEqual(judge({ data: [peer], passive: [peer] }, declarations).retained, []);
});

test('a star stands for one property or element step, never for a key', (t) => {
  const state = {
    topics: { chat: { passive: [departed(1)] }, news7: { passive: [departed(2)] } },
    other: new Map([[{ passive: [departed(3)] }, 0]]),
  };
  const { retained, residue } = judge(state, [
    { path: 'topics.*.passive', cap: 5, why },
    { path: 'other.*.passive', cap: 5, why },
  ]);
  t.deepEqual(retained.toSorted(), ['topics.chat.passive[*]', 'topics[*].passive[*]']);
  t.deepEqual(residue, ['other[key].passive[*]']);
});

test('declarations that matched nothing all run long are reported, their supports too', (t) => {
  const rules = new RetentionRules([
    { path: 'passive', cap: 3, why },
    { path: 'pasive', cap: 3, why },
    { path: 'data', while: ['passive', 'gone'], why },
  ]);
  const walker = new Walker(rules.classes);
  walker.walk({ passive: [], data: new Map() }, [], () => true);
  t.deepEqual(
    rules.unused().map(({ path, declaration }) => [path, declaration.path]),
    [
      ['pasive', 'pasive'],
      ['gone', 'data'],
    ],
  );
  walker.walk({ pasive: [], gone: new PeerId(1) }, [], () => true);
  t.deepEqual(rules.unused(), []);
});

test('declarations are validated', (t) => {
  const bad = [
    { path: 'a', why },
    { path: 'a', cap: 1, forUs: 2, why },
    { path: 'a', cap: -1, why },
    { path: 'a', cap: 1.5, why },
    { path: 'a', limit: -1, why },
    { path: 'a', limit: 1, cap: 1, why },
    { path: 'a', forUs: Number.NaN, why },
    { path: 'a', forUs: Infinity, why },
    { path: 'a', while: [], why },
    { path: 'a', cap: 1, why: ' ' },
  ] as unknown as Retention[];
  for (const each of bad) t.throws(() => new RetentionRules([each]), { code: 'bad-retention' }, JSON.stringify(each));
  t.throws(() => new RetentionRules([{ path: 'a[0]', cap: 1, why }]), { code: 'bad-path-class' });
  t.throws(() => new RetentionRules([{ path: 'a', while: [''], why }]), { code: 'bad-path-class' });
});

test('a judgement is the least one: every cover has its ground, nothing coverable is left, in random graphs of whiles', (t) => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const arbitrary = fc.record({
    mentions: fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(3)), { maxLength: 15 }),
    caps: fc.subarray(names, { maxLength: 2 }),
    whiles: fc.array(fc.tuple(fc.constantFrom(...names), fc.subarray(names, { minLength: 1 })), { maxLength: 5 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ mentions, caps, whiles }) => {
      const peers = Array.from({ length: 4 }, (_, i) => departed(i));
      const held = (name: string, peer: number): boolean => mentions.some(([n, p]) => n === name && p === peer);
      const state = Object.fromEntries(names.map((name) => [name, new Set(peers.filter((_, i) => held(name, i)))]));
      const rules = new RetentionRules([
        ...caps.map((path) => ({ path, cap: 4, why })),
        ...whiles.map(([path, supports]) => ({ path, while: supports, why })),
      ]);
      const walker = new Walker(rules.classes);
      walker.walk(state, [], () => true);
      const { covers } = rules.judge(walker, NOW_US);
      // Naive: reachability from capped names along whiles, peer by peer.
      peers.forEach((peer, i) => {
        const kept = new Set(caps.filter((name) => held(name, i)));
        for (let round = 0; round < names.length; round++) {
          for (const [name, supports] of whiles) {
            if (held(name, i) && supports.some((support) => kept.has(support))) kept.add(name);
          }
        }
        const judged = walker.mentions.flatMap((mention, m) =>
          mention.peer === peer && covers[m] !== undefined ? [walker.classes.path(mention.classId)] : [],
        );
        t.deepEqual(judged.toSorted(), [...kept].map((name) => `${name}[*]`).toSorted());
      });
    }),
    { seed: 51, numRuns: 300 },
  );
});

test('rules share their classes with the walker they judge', (t) => {
  const classes = new PathClasses();
  t.is(new RetentionRules([], classes).classes, classes);
});
