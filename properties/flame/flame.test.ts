import test from 'ava';
import { gunzipSync, strFromU8 } from 'fflate';
import { InputError } from '../../sim/errors.ts';
import { FLAME_FORMATS, flameFormatOf, writeFlame } from './flame.ts';

const STACKS = [
  { stack: ['gossip.actor', 'endpoint.connect'], us: 1200, count: 3 },
  { stack: ['mesh.tick'], us: 40, count: 80 },
];

test('a file name asks for a format by its ending', (t) => {
  const formats = {
    'a.folded': 'folded',
    'a.b.TXT': 'folded',
    'run/a.speedscope.json': 'speedscope',
    'a.json': 'speedscope',
    'a.pb.gz': 'pprof',
    'a.pprof': 'pprof',
    'A.SVG': 'svg',
  } as const;
  for (const [name, format] of Object.entries(formats)) t.is(flameFormatOf(name), format);
  t.deepEqual(new Set(Object.values(formats)), new Set(FLAME_FORMATS));
});

test('another ending is refused with the endings that are known', (t) => {
  for (const name of ['flame.png', 'svg', '', 'a.svg.gz', 'json/a']) {
    const error = t.throws(() => flameFormatOf(name), { instanceOf: InputError, code: 'unknown-flame-format' });
    t.true(error.message.includes(JSON.stringify(name)));
    t.true(error.message.includes('.pb.gz (pprof)'));
  }
});

test('each format is written as what it is', (t) => {
  t.is(strFromU8(writeFlame(STACKS, 'folded')), 'gossip.actor;endpoint.connect 1200\nmesh.tick 40\n');
  t.is(JSON.parse(strFromU8(writeFlame(STACKS, 'speedscope', { title: 'storm' }))).name, 'storm');
  t.true(strFromU8(writeFlame(STACKS, 'svg', { widthPx: 300 })).includes('width="300"'));
  t.true(strFromU8(gunzipSync(writeFlame(STACKS, 'pprof')), true).includes('endpoint.connect'));
  for (const format of FLAME_FORMATS) {
    t.deepEqual(writeFlame(STACKS, format), writeFlame(STACKS.toReversed(), format), format);
    t.notThrows(() => writeFlame([], format));
  }
});

test('a width out of bounds is refused', (t) => {
  for (const widthPx of [199, 20_001, 300.5, Number.NaN]) {
    t.throws(() => writeFlame(STACKS, 'svg', { widthPx }), { instanceOf: InputError, code: 'bad-flame-width' });
  }
});
