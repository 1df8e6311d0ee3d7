// The form of a mapping: rules with conditions and with sources of fields.
// Invariant: it says nothing of which kinds and fields there are; `mapping.ts` does.
import * as v from 'valibot';
import { pointerSchema } from './pointer.ts';
import { termsSchema } from './terms.ts';

const scalar = v.union([v.string(), v.number(), v.boolean(), v.null()], 'text, a number, true, false or null');

/** Where a field comes from: a pointer into the line, or one of the objects. */
export type SourceInput =
  | string
  | { value: string | number | boolean }
  | { join: string[] }
  | { first: SourceInput[] }
  | { split: string; at: string }
  | { from: string; map: Record<string, string | number | boolean>; default?: string | number | boolean }
  | { file: true };

const plainValue = v.union([v.string(), v.number(), v.boolean()], 'text, a number, true or false');
const sourceSchema: v.GenericSchema<SourceInput> = v.union(
  [
    pointerSchema,
    v.strictObject({ value: plainValue }),
    v.strictObject({ join: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(20)) }),
    v.strictObject({ first: v.pipe(v.array(v.lazy(() => sourceSchema)), v.minLength(1), v.maxLength(20)) }),
    v.strictObject({ split: pointerSchema, at: v.pipe(v.string(), v.minLength(1)) }),
    v.strictObject({
      from: pointerSchema,
      map: v.record(v.string(), plainValue),
      default: v.exactOptional(plainValue),
    }),
    v.strictObject({ file: v.literal(true) }),
  ],
  'a pointer such as "/span/id", or an object with "value", "join", "first", "split" and "at", "from" and "map", or "file"',
);

const conditionSchema = v.union(
  [
    scalar,
    v.strictObject({ in: v.pipe(v.array(scalar), v.minLength(1)) }),
    v.strictObject({ exists: v.boolean() }),
    v.strictObject({ prefix: v.string() }),
    v.strictObject({ not: scalar }),
  ],
  'a value to equal, or an object with "in", "exists", "prefix" or "not"',
);

const fieldsSchema = v.record(v.string(), sourceSchema);

/** Validates a {@link MappingInput}, but for what its rules name. */
export const mappingSchema = v.strictObject({
  version: v.literal(1, '1, the version that this quicksoak reads'),
  about: v.optional(v.string()),
  terms: v.optional(termsSchema, {}),
  /** For every rule that does not say otherwise. */
  fields: v.optional(fieldsSchema, {}),
  /** Of times that are numbers. */
  timeUnit: v.optional(v.picklist(['ns', 'us', 'ms', 's'], 'one of ns, us, ms, s')),
  rules: v.pipe(
    v.array(
      v.strictObject({
        about: v.optional(v.string()),
        when: v.record(v.string(), conditionSchema),
        kind: v.string(),
        fields: v.optional(fieldsSchema, {}),
      }),
    ),
    v.minLength(1, 'at least one rule'),
    v.maxLength(1000),
  ),
});

/** A mapping as it was written. */
export type MappingInput = v.InferOutput<typeof mappingSchema>;
/** One rule of it. */
export type RuleInput = MappingInput['rules'][number];
/** What a value must be. */
export type Condition = v.InferOutput<typeof conditionSchema>;
