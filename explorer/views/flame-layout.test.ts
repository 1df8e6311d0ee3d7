import test from 'ava';
import fc from 'fast-check';
import { flameBoxes, flameTree, frameAt, nextFrame } from './flame-layout.ts';
import type { FlameBox } from './flame-layout.ts';

const STACKS = [
  { stack: ['gossip', 'handle', 'message'], us: 60, count: 6 },
  { stack: ['gossip', 'handle'], us: 10, count: 1 },
  { stack: ['quic', 'poll'], us: 30, count: 3 },
];

function told({ boxes }: { boxes: readonly FlameBox[] }): (string | number)[][] {
  return boxes.map(({ frame, depth, left, width }) => [
    frame.name,
    depth,
    Math.round(left * 100),
    Math.round(width * 100),
  ]);
}

test('a frame is as wide as its callees and itself', (t) => {
  t.deepEqual(told(flameBoxes(flameTree(STACKS), 0)), [
    ['all', 0, 0, 100],
    ['gossip', 1, 0, 70],
    ['handle', 2, 0, 70],
    ['message', 3, 0, 60],
    ['quic', 1, 70, 30],
    ['poll', 2, 70, 30],
  ]);
});

test('a focus and its callers take the whole width', (t) => {
  const root = flameTree(STACKS);
  t.deepEqual(told(flameBoxes(frameAt(root, 'gossip\nhandle'), 0)), [
    ['all', 0, 0, 100],
    ['gossip', 1, 0, 100],
    ['handle', 2, 0, 100],
    ['message', 3, 0, 86],
  ]);
  t.is(frameAt(root, 'gossip\nnobody'), root);
});

test('what is too narrow is counted', (t) => {
  const { boxes, omitted } = flameBoxes(flameTree(STACKS), 0.5);
  t.is(omitted, 1);
  t.false(boxes.some(({ frame }) => frame.name === 'quic'));
});

test('without CPU there is no box', (t) => {
  t.deepEqual(flameBoxes(flameTree([]), 0), { boxes: [], depths: 0, omitted: 0 });
});

test('arrow keys go to the widest callee, to the caller and to siblings', (t) => {
  const root = flameTree(STACKS);
  const { boxes } = flameBoxes(root, 0);
  const go = (path: string, key: string): string => nextFrame({ frame: frameAt(root, path), boxes }, key).path;
  t.is(go('', 'ArrowUp'), 'gossip');
  t.is(go('gossip', 'ArrowRight'), 'quic');
  t.is(go('quic', 'ArrowLeft'), 'gossip');
  t.is(go('quic', 'ArrowRight'), 'quic');
  t.is(go('gossip\nhandle', 'ArrowDown'), 'gossip');
  t.is(go('', 'ArrowDown'), '');
});

test('whatever the stacks, callees stand within their caller and do not overlap, in any order of stacks', (t) => {
  const name = fc.constantFrom('a', 'b', 'c');
  const stack = fc.record({
    stack: fc.array(name, { minLength: 1, maxLength: 5 }),
    us: fc.nat(1000),
    count: fc.nat(9),
  });
  fc.assert(
    fc.property(fc.array(stack, { maxLength: 20 }), (stacks) => {
      const { boxes } = flameBoxes(flameTree(stacks), 0);
      t.deepEqual(told({ boxes }), told(flameBoxes(flameTree(stacks.toReversed()), 0)));
      for (const { frame, depth, left, width } of boxes) {
        const inside = boxes.filter((box) => box.frame.parent === frame && box.depth === depth + 1);
        let edge = left;
        for (const box of inside) {
          t.true(box.left >= edge - 1e-9);
          edge = box.left + box.width;
        }
        t.true(edge <= left + width + 1e-9);
      }
    }),
    { seed: 1, numRuns: 100 },
  );
});
