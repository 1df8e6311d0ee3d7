import test from 'ava';
import fc from 'fast-check';
import { PeerId } from '../peer.ts';
import { recordStep } from './step.ts';

interface State {
  round: number;
  name: string;
  nested: { list: number[]; flag: boolean };
  byPeer: Map<PeerId, { score: number }>;
  peers: Set<PeerId>;
}

const [p0, p1, p2] = [new PeerId(0), new PeerId(1), new PeerId(2)];

function initial(): State {
  return {
    round: 0,
    name: 'a',
    nested: { list: [1, 2, 3], flag: false },
    byPeer: new Map([[p0, { score: 1 }]]),
    peers: new Set([p0, p1]),
  };
}

test('a step yields the new state and what it changed, and leaves the old state alone', (t) => {
  const before = initial();
  const { state, patches } = recordStep(before, (draft) => {
    draft.round++;
    draft.nested.list.push(4);
    draft.byPeer.get(p0)!.score = 9;
    draft.byPeer.set(p2, { score: 2 });
    draft.peers.delete(p1);
  });
  t.deepEqual(before, initial());
  t.is(state.round, 1);
  t.deepEqual(state.nested.list, [1, 2, 3, 4]);
  t.deepEqual([...state.byPeer.values()], [{ score: 9 }, { score: 2 }]);
  t.deepEqual([...state.peers], [p0]);
  const said = patches.map(({ op, path }) => `${op} ${path.map(String).join('.')}`).toSorted();
  t.deepEqual(said, [
    'add byPeer.p2',
    'add nested.list.3',
    'remove peers.1',
    'replace byPeer.p0.score',
    'replace round',
  ]);
});

test('a step that changes nothing gives the same state and no patch', (t) => {
  const before = initial();
  const { state, patches } = recordStep(before, (draft) => {
    draft.round += 0;
    draft.peers.add(p0);
  });
  t.is(state, before);
  t.deepEqual(patches, []);
});

test('snapshots share what did not change, and are frozen', (t) => {
  const first = recordStep(initial(), (draft) => {
    draft.round = 1;
    draft.nested.flag = true;
    draft.byPeer.set(p1, { score: 5 });
  }).state;
  const second = recordStep(first, (draft) => {
    draft.round = 2;
  }).state;
  t.is(second.nested, first.nested);
  t.is(second.byPeer, first.byPeer);
  t.throws(() => {
    second.round = 3;
  });
  t.throws(() => first.nested.list.push(5));
  t.throws(() => first.byPeer.set(p2, { score: 0 }));
});

test('an identity is left alone: the same object as key and value, and the engine can still change it', (t) => {
  const { state } = recordStep(initial(), (draft) => {
    t.true(draft.byPeer.has(p0));
    draft.byPeer.set(p2, { score: 3 });
    for (const peer of draft.peers) t.true(peer === p0 || peer === p1);
    draft.peers.add(p2);
  });
  t.is([...state.byPeer.keys()][1], p2);
  t.true(state.peers.has(p2));
  t.notThrows(() => {
    p2.incarnations++;
    p0.departedAtUs = 5;
  });
  p2.incarnations = 0;
  p0.departedAtUs = -1;
});

test('an error in a step goes to the caller, and nothing is changed', (t) => {
  const before = initial();
  t.throws(
    () =>
      recordStep(before, (draft) => {
        draft.round = 5;
        throw new Error('stop');
      }),
    { message: 'stop' },
  );
  t.deepEqual(before, initial());
});

type Change = { what: string; value: number };

/** What a reducer may do to its state; `at` picks among what is there. */
function change(state: State, { what, value }: Change): void {
  const peer = [p0, p1, p2][value % 3]!;
  switch (what) {
    case 'round':
      state.round += value;
      return;
    case 'push':
      state.nested.list.push(value);
      return;
    case 'shift':
      state.nested.list.shift();
      return;
    case 'swap':
      state.nested.list.reverse();
      return;
    case 'flag':
      state.nested.flag = !state.nested.flag;
      return;
    case 'set':
      state.byPeer.set(peer, { score: value });
      return;
    case 'score': {
      const held = state.byPeer.get(peer);
      if (held !== undefined) held.score += value;
      return;
    }
    case 'unset':
      state.byPeer.delete(peer);
      return;
    case 'add':
      state.peers.add(peer);
      return;
    default:
      state.peers.delete(peer);
  }
}

test('the same code does the same to a draft as in place, in the same order', (t) => {
  const whats = ['round', 'push', 'shift', 'swap', 'flag', 'set', 'score', 'unset', 'add', 'remove'];
  const changes = fc.array(fc.record({ what: fc.constantFrom(...whats), value: fc.nat({ max: 20 }) }), {
    maxLength: 8,
  });
  const plain = (state: State): unknown => [
    state.round,
    state.nested,
    [...state.byPeer].map(([peer, { score }]) => [peer.index, score]),
    [...state.peers].map(({ index }) => index),
  ];
  fc.assert(
    fc.property(fc.array(changes, { maxLength: 12 }), (steps) => {
      const fast = initial();
      let recorded = initial();
      for (const step of steps) {
        for (const each of step) change(fast, each);
        recorded = recordStep(recorded, (draft) => step.forEach((each) => change(draft, each))).state;
        t.deepEqual(plain(recorded), plain(fast));
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});
