import test from 'ava';
import { PeerId } from '../peer.ts';
import { changesData, changesOf, describeChanges, pathText, valueAt } from './change.ts';
import { recordStep } from './step.ts';

const [p1, p2, p7] = [new PeerId(1), new PeerId(2), new PeerId(7)];

function initial() {
  return {
    timer: 12,
    active: [p1, p2],
    peers: new Map([[p7, { data: 'a' }]]),
    marks: new Set([p1]),
    long: Array.from({ length: 20 }, (_, index) => index),
    some: undefined as string | undefined,
  };
}

function changed(step: (draft: ReturnType<typeof initial>) => void): string[] {
  const before = initial();
  const { state, patches } = recordStep(before, step);
  return describeChanges(changesOf(before, state, patches));
}

test('a change is a path with the old and the new value', (t) => {
  t.deepEqual(
    changed((draft) => (draft.timer = -1)),
    ['timer: 12 -> -1'],
  );
  t.deepEqual(
    changed((draft) => (draft.some = 'text')),
    ['some: - -> "text"'],
  );
});

test('Map keys stand in brackets, peers as p7', (t) => {
  t.deepEqual(
    changed((draft) => (draft.peers.get(p7)!.data = 'b')),
    ['peers[p7].data: "a" -> "b"'],
  );
  t.deepEqual(
    changed((draft) => draft.peers.set(p1, { data: 'c' })),
    ['peers[p1]: added { data: "c" }'],
  );
  t.deepEqual(
    changed((draft) => draft.peers.delete(p7)),
    ['peers[p7]: removed { data: "a" }'],
  );
});

test('a short list is shown whole, once, and a long one element by element', (t) => {
  t.deepEqual(
    changed((draft) => draft.active.splice(0, 1, p7, p1)),
    ['active: [p1, p2] -> [p7, p1, p2]'],
  );
  t.deepEqual(
    changed((draft) => (draft.long[3] = 30)),
    ['long[3]: 3 -> 30'],
  );
  t.deepEqual(
    changed((draft) => draft.long.pop()),
    ['long[19]: removed 19'],
  );
});

test('elements of a Set are named themselves, not by their place', (t) => {
  const lines = changed((draft) => {
    draft.marks.delete(p1);
    draft.marks.add(p2);
  });
  t.deepEqual(lines, ['marks: removed p1', 'marks: added p2']);
});

test('an event that changes nothing has no changes', (t) => {
  t.deepEqual(
    changed(() => {}),
    [],
  );
});

test('changes as JSON say path, kind, old and new', (t) => {
  const before = initial();
  const { state, patches } = recordStep(before, (draft) => void draft.active.push(p7));
  t.deepEqual(changesData(changesOf(before, state, patches)), [
    { path: 'active', op: 'replace', old: ['p1', 'p2'], new: ['p1', 'p2', 'p7'] },
  ]);
});

test('a path that leads nowhere gives undefined, and still has a name', (t) => {
  t.is(valueAt(initial(), ['peers', p2, 'data']), undefined);
  t.is(valueAt(initial(), ['timer', 'length']), undefined);
  t.is(pathText(initial(), ['gone', 3, 'a b', p1]), 'gone[3]["a b"][p1]');
  t.is(pathText(initial(), []), '(all)');
});
