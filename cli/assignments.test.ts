import test from 'ava';
import { churnProfile } from '../sim/churn/profiles.ts';
import { InputError } from '../sim/errors.ts';
import { withConfig, withParameters } from './assignments.ts';

test('parameters are read by what they are for', (t) => {
  const restart = churnProfile('restart');
  t.deepEqual(withParameters({ keep: 1 }, restart, ['rate=2', 'maxDown=5s', 'minDownUs=300', 'waves=4', 'warmup=0s']), {
    keep: 1,
    ratePerSecond: 2,
    maxDownUs: 5_000_000,
    minDownUs: 300,
    waves: 4,
    warmupUs: 0,
  });
  t.deepEqual(withParameters({}, churnProfile('partition'), ['faults=hold, one-way']), { faults: ['hold', 'one-way'] });
  t.deepEqual(withParameters({}, churnProfile('rolling-restart'), ['graceful=false']), { graceful: false });
});

test('a parameter that is unknown, set elsewhere or malformed is refused', (t) => {
  const cases = {
    'rat=2': 'unknown-parameter',
    'nodes=5': 'bad-parameter',
    'calmUs=5': 'bad-parameter',
    maxDown: 'bad-pair',
  };
  for (const [text, code] of Object.entries({ ...cases, 'maxDown=5': 'bad-duration', '=5': 'bad-pair' })) {
    const error = t.throws(() => withParameters({}, churnProfile('restart'), [text]), { instanceOf: InputError });
    t.is(error?.code, code, text);
  }
});

test('configuration keys are dotted, and values are JSON, durations or texts', (t) => {
  const before = { a: { kept: 1 } };
  const after = withConfig(before, ['a.b=2', 'a.delayUs=5ms', 'c.d.e=[1,true]', 'f=word', 'g=a=b', 'constructor.x=1']);
  t.deepEqual(after, {
    a: { kept: 1, b: 2, delayUs: 5000 },
    c: { d: { e: [1, true] } },
    f: 'word',
    g: 'a=b',
    constructor: { x: 1 },
  } as unknown as Record<string, unknown>);
  t.deepEqual(before, { a: { kept: 1 } });
  for (const key of ['__proto__.x', 'a..b', '1']) {
    t.is(t.throws(() => withConfig({}, [`${key}=1`]), { instanceOf: InputError })?.code, 'bad-key', key);
  }
});
