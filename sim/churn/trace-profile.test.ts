import test from 'ava';
import { InputError } from '../errors.ts';
import { RandomStreams } from '../random/stream.ts';
import { parseAvt } from './avt.ts';
import { trace as traceProfile } from './trace-profile.ts';

const TEXT = 'a 2 0 10 20 30\nb 1 0 100\nc 2 5 15 40 60\nd 1 0 100\n';
const base = { nodes: 6, keep: 2, calmUs: 1_000_000, warmupUs: 1_000_000, trace: parseAvt(TEXT, 'a.avt') };

const plan = (input: object): string[] =>
  traceProfile
    .resolve({ ...base, ...input })
    .draw(new RandomStreams('s').stream('churn'))
    .actions.map((action) => `${action.atUs / 1_000_000} ${action.kind} ${'peer' in action ? action.peer : ''}`);

test('a trace used as it is departs and returns at its own times after the warm-up', (t) => {
  const asIs = ['11 kill 2', '16 kill 3', '21 rejoin 2', '31 kill 2', '41 rejoin 3', '61 kill 3'];
  t.deepEqual(plan({ layout: 'as-is' }), asIs);
  t.is(traceProfile.resolve({ ...base, layout: 'as-is' }).endUs, 102_000_000);
});

test('speed scales a trace and a duration cuts it off', (t) => {
  t.deepEqual(plan({ layout: 'as-is', speed: 10, forUs: 4_000_000 }), ['2 kill 2', '2.5 kill 3', '3 rejoin 2']);
});

test('fresh identities take the places of those that return', (t) => {
  t.deepEqual(plan({ layout: 'as-is', identity: 'fresh', gracefulShare: 1 }), [
    '11 stop 2',
    '16 stop 3',
    '21 start 6',
    '31 stop 6',
    '41 start 7',
    '61 stop 7',
  ]);
});

test('waves replay the next departures of a trace, scaled to the wave', (t) => {
  const wave = plan({ waves: 2, departures: 4, waveUs: 10_000_000 });
  t.deepEqual(wave, [
    '1 kill 2',
    '11 kill 3',
    '13.111111 rejoin 2',
    '15.333333 kill 2',
    '17.555555 rejoin 3',
    '22 kill 3',
  ]);
});

test('a trace that cannot give what is asked for is refused', (t) => {
  const codeOf = (input: object): string | undefined =>
    t.throws(() => traceProfile.resolve({ ...base, ...input }), { instanceOf: InputError })?.code;
  t.is(codeOf({ departures: 5 }), 'too-few-departures');
  t.is(codeOf({ waves: 5 }), 'too-few-departures');
  t.is(codeOf({ layout: 'as-is', departures: 5 }), 'too-few-departures');
  t.is(codeOf({ layout: 'as-is', waves: 2 }), 'bad-profile');
  t.is(codeOf({ layout: 'as-is', forUs: 5_000_000 }), 'too-short');
  t.is(codeOf({ layout: 'once' }), 'bad-profile');
  t.is(codeOf({ trace: parseAvt('a 1 0 9\nb 1 2 9', 'b.avt') }), 'bad-trace');
});

test('a trace that parseAvt cannot have made is refused', (t) => {
  const node = (upUs: unknown) => ({ nodes: [{ id: 'a', upUs }], durationUs: 9, intervalCount: 1 });
  for (const bad of [
    { nodes: [1], durationUs: 1, intervalCount: 1 },
    node([5, 3]),
    node([1]),
    node([-1, 3]),
    node('1 2'),
  ]) {
    const error = t.throws(() => traceProfile.resolve({ nodes: 8, calmUs: 1000, trace: bad }), {
      instanceOf: InputError,
    });
    t.is(error.code, 'bad-profile');
  }
});
