import { execFileSync } from 'node:child_process';
import test from 'ava';
import * as fc from 'fast-check';
import { InputError } from '../../sim/errors.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import { parseClusterMapping } from './mapping.ts';
import { clusterScript } from './script.ts';
import type { ClusterScript } from './script.ts';
import { commented, quoted, wordOf } from './words.ts';

const SECOND_US = 1_000_000;

function scriptOf(actions: readonly object[], mapping: object, scenario: object = {}): ClusterScript {
  const plan = { version: 1, actions };
  const input = { model: 'mesh', seed: '7', nodes: 3, plan, ...scenario };
  const soak = resolveScenario(parseScenario(input, 'test'), 'test');
  return clusterScript(soak, parseClusterMapping({ version: 1, ...mapping }, 'map'), 'map', 'a test');
}

test('any text is one word of the shell, and a comment is one line', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      fc.pre(!text.includes('\0'));
      const shell = `printf '%s' ${quoted(text)} ${commented(`# ${text}`)}`;
      return execFileSync('sh', ['-c', shell], { encoding: 'utf8' }) === text;
    }),
    { seed: 71, numRuns: 25 },
  );
  t.pass();
});

test('a template keeps what is no placeholder, and a variable of the script stays one word', (t) => {
  const values = { texts: { peer: "p'1", index: '7' }, variables: { pid: 'pid' } };
  const word = wordOf('a{{ peer }}b {}${{pid}}{{index+9000}}', values, 'here');
  t.is(execFileSync('sh', ['-c', `pid='4 2'; printf '<%s>' ${word}`], { encoding: 'utf8' }), "<ap'1b {}$4 29007>");
  t.is(wordOf('', values, 'here'), "''");
  t.is(t.throws(() => wordOf('{{prt}}', values, 'here'), { instanceOf: InputError })?.code, 'bad-placeholder');
  t.is(t.throws(() => wordOf('{{peer+1}}', values, 'here'), { instanceOf: InputError })?.code, 'bad-placeholder');
  t.is(t.throws(() => wordOf('{{toString}}', values, 'here'), { instanceOf: InputError })?.code, 'bad-placeholder');
});

test('every action of any plan is a step or two, and the shell reads the script', (t) => {
  const atUs = fc.integer({ min: 0, max: 40 * SECOND_US });
  const peer = fc.integer({ min: 0, max: 3 });
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
  const action = fc.oneof(
    fc.record({ atUs, kind: fc.constantFrom('start', 'stop', 'kill', 'rejoin'), peer }),
    fc.record({ atUs, kind: fc.constant('restart'), peer, downUs: atUs, graceful: fc.boolean() }),
    fc.record({ atUs, kind: fc.constant('respawn'), peer, fresh: fc.integer({ min: 4, max: 6 }), downUs: atUs }),
    fc.record({
      atUs,
      kind: fc.constantFrom('hold', 'release'),
      from: fc.constant(0),
      to: peer.filter((one) => one > 0),
    }),
    fc.record({ atUs, kind: fc.constant('black-hole'), peer, on: fc.boolean() }),
    fc.record({ atUs, kind: fc.constant('partition'), groups: fc.constant([[], [1]]), oneWay: fc.boolean(), name }),
    fc.record({ atUs, kind: fc.constant('heal'), name }),
    fc.record({
      atUs,
      kind: fc.constant('act'),
      peer,
      act: fc.constant('dial-again'),
      args: fc.record({ to: peer, text: name }),
    }),
  );
  const network = { cut: ['cut', '{{from.ip}}', '{{to.ip}}'], mend: ['mend', '{{from.ip}}', '{{to.ip}}'] };
  fc.assert(
    fc.property(fc.array(action, { maxLength: 12 }), fc.boolean(), (actions, isFull) => {
      const more = isFull
        ? { network, acts: { 'dial-again': ['dial', '{{args.to}}', '{{args.text}}', '{{pid}}'] } }
        : {};
      const node = { command: ["it's", '$(false)'], vars: { ip: '10.0.0.{{index+1}}' } };
      const hasZero = JSON.stringify(actions).includes('\\u0000');
      fc.pre(!hasZero);
      const { text, steps, lacks } = scriptOf(actions, { node, ...more });
      const twice = actions.filter(({ kind }) => kind === 'restart' || kind === 'respawn').length;
      execFileSync('sh', ['-n'], { input: text });
      if (steps !== 3 + actions.length + twice) return false;
      return !isFull || lacks.every(({ kind, isMissing }) => kind === 'hold' && !isMissing);
    }),
    { seed: 72, numRuns: 30 },
  );
  t.pass();
});

test('what cannot be carried out is counted by kind, said in the script, and by a comment', (t) => {
  const actions = [
    { atUs: 1, kind: 'partition', groups: [[], [1]], name: 'a\nb' },
    { atUs: 2, kind: 'partition', groups: [[], [2]], name: 'c' },
    { atUs: 3, kind: 'heal' },
    { atUs: 4, kind: 'act', peer: 1, act: 'dial-again' },
    { atUs: 5, kind: 'black-hole', peer: 1, on: true },
  ];
  const { text, lacks } = scriptOf(actions, { node: { command: ['x'] } });
  t.deepEqual(
    lacks.map(({ kind, count, isMissing }) => [kind, count, isMissing]),
    [
      ['partition', 2, true],
      ['heal', 1, true],
      ['act dial-again', 1, true],
      ['black-hole', 1, false],
    ],
  );
  t.is(text.match(/^say 'not carried out: /gm)?.length, 4);
  t.is(text.match(/^say 'nearly: /gm)?.length, 1);
  t.true(text.includes('# 2 of kind partition, not carried out: the mapping has no network.cut and network.mend\n'));
  const { lacks: strict } = scriptOf(actions.slice(4), { node: { command: ['x'] }, pause: [] });
  t.deepEqual(
    strict.map(({ isMissing }) => isMissing),
    [true],
  );
});

test('a partition is a command for each ordered pair that it cuts, and the same pairs are mended', (t) => {
  const network = { cut: ['c', '{{from.index}}', '{{to.index}}'], mend: ['m', '{{from.index}}', '{{to.index}}'] };
  const node = { command: ['x'] };
  const both = [
    { atUs: 1, kind: 'partition', groups: [[], [2]] },
    { atUs: 2, kind: 'heal' },
  ];
  const { text } = scriptOf(both, { node, network });
  t.deepEqual(text.match(/run 'c' .*/g), ["run 'c' '0' '2'", "run 'c' '1' '2'", "run 'c' '2' '0'", "run 'c' '2' '1'"]);
  t.is(text.match(/run 'm' .*/g)?.length, 4);
  t.true(text.includes('\ncut 1\n') && text.includes('\nmend 1\n'));
  const oneWay = [{ atUs: 1, kind: 'partition', groups: [[], [2]], oneWay: true }];
  t.deepEqual(scriptOf(oneWay, { node, network }).text.match(/run 'c' .*/g), ["run 'c' '2' '0'", "run 'c' '2' '1'"]);
});

test('a mapping that does not fit is refused with its place', (t) => {
  const codeOf = (mapping: object): string | undefined =>
    t.throws(() => scriptOf([], mapping), { instanceOf: InputError })?.code;
  t.is(codeOf({}), 'bad-mapping');
  t.is(codeOf({ node: { command: [] } }), 'bad-mapping');
  t.is(codeOf({ node: { command: ['a\0'] } }), 'bad-mapping');
  t.is(codeOf({ node: { command: ['a'], env: { 'A=B': 'x' } } }), 'bad-mapping');
  t.is(codeOf({ node: { command: ['a'] }, nodes: { three: {} } }), 'bad-mapping');
  t.is(codeOf({ node: { command: ['a'] }, network: { cut: ['x'] } }), 'bad-mapping');
  t.is(codeOf({ node: { command: ['a'] }, timeScale: 0 }), 'bad-mapping');
  t.is(codeOf({ node: { command: ['{{pid}}'] } }), 'bad-placeholder');
  t.is(codeOf({ node: { command: ['a'], log: '{{nowhere}}' } }), 'bad-placeholder');
  t.is(codeOf({ node: { command: ['a'] }, version: 2 }), 'bad-mapping');
});
