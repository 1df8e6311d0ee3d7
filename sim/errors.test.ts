import test from 'ava';
import { InputError, invariant, QuicksoakError, SimulationError } from './errors.ts';

test('an error carries its code, details and cause', (t) => {
  const cause = new RangeError('too far');
  const error = new InputError(
    'bad-duration',
    'the duration is -5 s; expected 0 s or more (--for)',
    { seconds: -5 },
    cause,
  );
  t.is(error.code, 'bad-duration');
  t.deepEqual(error.details, { seconds: -5 });
  t.is(error.cause, cause);
  t.is(error.message, 'the duration is -5 s; expected 0 s or more (--for)');
});

test('an error without details or cause has empty details and no cause', (t) => {
  const error = new SimulationError('time-in-past', 'event at 3 us; now is 5 us');
  t.deepEqual(error.details, {});
  t.false('cause' in error);
});

test('each error class is named after itself and is a QuicksoakError', (t) => {
  for (const ErrorClass of [QuicksoakError, SimulationError, InputError]) {
    const error = new ErrorClass('some-code', 'some message');
    t.is(error.name, ErrorClass.name);
    t.true(error instanceof QuicksoakError);
    t.true(error instanceof Error);
  }
  t.false(new InputError('some-code', 'some message') instanceof SimulationError);
});

test('an invariant that holds is silent', (t) => {
  t.notThrows(() => invariant(1 + 1 === 2, 'sums are right'));
});

test('a broken invariant is a bug of ours, not an error of the caller', (t) => {
  const error = t.throws(() => invariant(false, 'the queue is empty'));
  t.false(error instanceof QuicksoakError);
  t.regex(error.message, /the queue is empty/);
});
