import test from 'ava';
import { InputError } from '../../sim/errors.ts';
import type { Model } from '../../models/model.ts';
import type { Property } from '../property.ts';
import { nobodyEnds, thrownBy } from './assertion.test.fixture.ts';
import { greeters } from './greeters.test.fixture.ts';
import { soakProperty } from './soak-property.ts';
import type { SoakPropertyOptions } from './soak-property.ts';

const base: Model = greeters;

/** The error that is thrown as it is, without a counterexample. */
function mistakeIn(options: SoakPropertyOptions, model: Model | string = greeters): InputError {
  const error = thrownBy(soakProperty(model, options), { seed: 5, numRuns: 20 });
  if (error instanceof InputError) return error;
  throw error;
}

test('a property that throws is told by its name, at once and without a counterexample', (t) => {
  const throwing: Property = {
    ...nobodyEnds('mine', 0),
    judge: () => {
      throw new TypeError('cannot read');
    },
  };
  const error = mistakeIn({ properties: [throwing] });
  t.is(error.code, 'property-threw');
  t.regex(error.message, /^property "mine": its judge\(\) threw TypeError: cannot read/);
  t.regex(error.message, /in a drawn scenario of \d+ nodes with seed "\d+"$/);
  t.is((error.details['scenario'] as { model: string }).model, 'greeters');
  t.false(Object.keys(error.details).includes('scenario'));
});

test('a model that throws is told by its name, at once', (t) => {
  const model: Model = {
    ...base,
    build: (context) => ({
      ...base.build(context),
      start: () => {
        throw new RangeError('no room');
      },
    }),
  };
  const error = mistakeIn({}, model);
  t.is(error.code, 'model-threw');
  t.regex(error.message, /greeters.*RangeError: no room/);
});

test('a run that breaks nothing and exceeds its budget of events is told at once', (t) => {
  const error = mistakeIn({ maxEvents: 1_000, nodes: { min: 8 } });
  t.is(error.code, 'budget-exhausted');
  t.regex(error.message, /maxEvents: received 1000, which a run of \d+ nodes reached at .* of .*, expected more/);
});

test('what is no model is refused when the property is made', (t) => {
  for (const [model, shown] of [
    [{}, '{}'],
    [undefined, 'nothing'],
    [null, 'null'],
    [5, '5'],
    [[base], '[{'],
    [{ ...base, build: undefined }, '{"name":"greeters"'],
  ] as const) {
    const error = t.throws(() => soakProperty(model as unknown as Model), { instanceOf: InputError });
    t.is(error.code, 'bad-model', shown);
    t.true(error.message.startsWith(`soakProperty: model: received ${shown}`), error.message);
    t.regex(error.message, /expected a model, such as defineModel makes, or the name of one$/);
  }
});

test('options are refused when the property is made', (t) => {
  const refused = (options: object, model: Model | string = greeters): string => {
    const error = t.throws(() => soakProperty(model, options), { instanceOf: InputError });
    return `${error?.code}: ${error?.message}`;
  };
  t.regex(refused({ only: ['residue'] }), /^unknown-property: soakProperty: options: only: unknown property "residue"/);
  t.regex(refused({ except: ['x'] }), /^unknown-property: soakProperty: options: except/);
  t.regex(refused({ only: [] }), /^bad-options: soakProperty: options: only: .*one property at least/);
  t.regex(refused({ only: ['no-wedge'], except: ['no-wedge'] }), /^bad-options: .*only and except/);
  t.regex(refused({ maxEvents: 5 }), /^bad-options: soakProperty: options: maxEvents: received 5/);
  t.regex(refused({ properties: [{ name: 'x' }] }), /^bad-options: .*expected a property, with a judge/);
  t.regex(refused({ shrinks: 3 }), /^bad-options: scenarios: options: shrinks: .*not known/);
  t.regex(refused([]), /^bad-options: soakProperty: options: received \[\], expected an object/);
  t.regex(refused(null as unknown as object), /^bad-options: soakProperty: options: received null, expected an object/);
  t.regex(refused({}, 'swarn'), /^unknown-model: .*did you mean "swarm"/);
  t.regex(refused({}, { ...base, name: 'swarm' }), /^duplicate-name: soakProperty: /);
});
