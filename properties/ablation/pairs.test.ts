import test from 'ava';
import type { AblationCell, AblationStep } from './cells.ts';
import { fixInTurn } from './fixes.ts';
import { pairsToRun, readPair } from './pairs.ts';

/** What breaks with which defects on: property to subject. */
type World = (on: ReadonlySet<string>) => Readonly<Record<string, string>>;

/** Cells of a made-up world; every set counts as run. */
function cellsOf(world: World) {
  const find = (defects: readonly string[]): AblationCell => ({
    defects,
    broken: Object.entries(world(new Set(defects))).map(([name, subject]) => ({
      name,
      figure: '',
      subjects: [subject],
    })),
    judged: ['tasks-finish', 'residue-bounded', 'joins-bounded'],
    figures: [],
    digest: '',
    eventCount: 0,
  });
  const asked: string[] = [];
  return {
    find,
    asked,
    *take(sets: readonly (readonly string[])[]): Generator<AblationStep, boolean, undefined> {
      for (const set of sets) {
        asked.push(set.join('+'));
        yield { cell: find(set), done: 0, planned: 0 };
      }
      return true;
    },
  };
}

/** Either half keeps the task alive, so fixing one alone changes nothing. */
const eitherHalf: World = (on) =>
  on.has('send-arm') || on.has('join-halves') ? { 'tasks-finish': 'connection-loop' } : {};

test('two defects that each keep one task alive show three red cells of four, and nothing changes by fixing one', (t) => {
  const pair = readPair(['send-arm', 'join-halves'], cellsOf(eitherHalf))!;
  t.is(pair.redCells, 3);
  t.deepEqual(
    [pair.both, pair.onlyFirst, pair.onlySecond, pair.neither].map(({ broken }) => broken.length),
    [1, 1, 1, 0],
  );
  t.deepEqual(pair.interactions, [{ name: 'tasks-finish', interaction: 'masked', alike: true }]);
});

test('two defects that break one property each by its own way are told as such', (t) => {
  const world: World = (on) =>
    on.has('a') ? { 'residue-bounded': 'map' } : on.has('b') ? { 'residue-bounded': 'set' } : {};
  const pair = readPair(['a', 'b'], cellsOf(world))!;
  t.deepEqual(pair.interactions, [{ name: 'residue-bounded', interaction: 'masked', alike: false }]);
});

test('a fault that needs two defects shows one red cell of four', (t) => {
  const world: World = (on) => (on.has('a') && on.has('b') ? { 'joins-bounded': 'joins' } : {});
  const pair = readPair(['a', 'b'], cellsOf(world))!;
  t.is(pair.redCells, 1);
  t.deepEqual(pair.interactions, [{ name: 'joins-bounded', interaction: 'together', alike: false }]);
});

test('a defect that hides the other is told, and two that have nothing to do with each other are not', (t) => {
  const hiding: World = (on) => (on.has('a') && !on.has('b') ? { 'joins-bounded': 'joins' } : {});
  t.deepEqual(
    readPair(['a', 'b'], cellsOf(hiding))!.interactions.map(({ interaction }) => interaction),
    ['hidden'],
  );
  const apart: World = (on) => ({
    ...(on.has('a') ? { 'joins-bounded': 'joins' } : {}),
    ...(on.has('b') ? { 'residue-bounded': 'map' } : {}),
    'tasks-finish': 'red without either',
  });
  t.deepEqual(readPair(['a', 'b'], cellsOf(apart))!.interactions, []);
});

test('with more than six defects only pairs that may interact are run', (t) => {
  const names = ['send-arm', 'join-halves', 'c', 'd', 'e', 'f', 'g', 'not-brought-out'];
  const world: World = (on) => ({
    ...eitherHalf(on),
    ...(on.has('c') && on.has('d') ? { 'joins-bounded': 'joins' } : {}),
    ...(on.has('e') ? { 'residue-bounded': 'e' } : {}),
    ...(on.has('f') ? { 'views-symmetric': 'f' } : {}),
    ...(on.has('g') ? { 'mesh-connected': 'g' } : {}),
  });
  t.deepEqual(pairsToRun(names, cellsOf(world)), [
    ['send-arm', 'join-halves'],
    ['c', 'd'],
  ]);
  t.is(pairsToRun(names.slice(0, 6), cellsOf(world)).length, 15);
});

test('fixes go by what they turn green, name what holds the rest, and run one set each', (t) => {
  const world: World = (on) => ({
    ...eitherHalf(on),
    ...(on.has('map') ? { 'residue-bounded': 'map' } : {}),
    ...(on.has('storm') ? { 'joins-bounded': 'joins', 'residue-bounded': 'asked' } : {}),
  });
  const names = ['send-arm', 'join-halves', 'map', 'storm'];
  const cells = cellsOf(world);
  const run = fixInTurn(names, cells);
  let next = run.next();
  while (next.done !== true) next = run.next();
  const fixes = next.value;
  t.deepEqual(
    fixes.map(({ defect, turnedGreen }) => [defect, turnedGreen]),
    [
      ['storm', ['joins-bounded']],
      ['map', ['residue-bounded']],
      ['send-arm', []],
      ['join-halves', ['tasks-finish']],
    ],
  );
  t.deepEqual(fixes[0]!.stillBroken, [
    { name: 'tasks-finish', subject: 'connection-loop', gone: [], heldBy: ['send-arm', 'join-halves'] },
    { name: 'residue-bounded', subject: 'map', gone: ['asked'], heldBy: ['map'] },
  ]);
  t.deepEqual(fixes[2]!.stillBroken, [
    { name: 'tasks-finish', subject: 'connection-loop', gone: [], heldBy: ['join-halves'] },
  ]);
  t.deepEqual(cells.asked, ['send-arm+join-halves+map', 'send-arm+join-halves', 'join-halves', '']);
});
