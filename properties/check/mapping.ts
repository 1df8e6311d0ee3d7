// Mappings: how the lines of a log that is written otherwise are read as events. Declarative JSON, checked before any line.
// Invariant: the first rule whose conditions a line meets reads it; what a mapping names is known, or refused with the
// nearest that is.
import { InputError } from '../../sim/errors.ts';
import { parseInput, shown, unknownName } from '../../sim/input.ts';
import { EVENT_KINDS, FIELD, TIME_UNITS_US } from './event.ts';
import type { EventKind, FieldName, LogEvent } from './event.ts';
import { LineMistake, setField, settle } from './event-reader.ts';
import type { ValueReader } from './event-reader.ts';
import { mappingSchema } from './mapping-schema.ts';
import type { Condition, MappingInput, RuleInput, SourceInput } from './mapping-schema.ts';
import { compiledPointer } from './pointer.ts';
import type { Lookup } from './pointer.ts';
import { termsSchema } from './terms.ts';
import type { TermsInput } from './terms.ts';
import type { TimeReader } from './time.ts';

/** A mapping that was checked. */
export interface Mapping {
  readonly terms: TermsInput;
  /** Makes what reads the values of one log; `name` is the log's. */
  readonly reader: (times: TimeReader, name: string) => ValueReader;
}

/** What gives the value of a field, of a line and the name of its log; undefined when the line has none. */
type Source = (line: unknown, file: string) => unknown;

interface Rule {
  readonly place: string;
  readonly kind: EventKind;
  readonly conditions: readonly ((line: unknown) => boolean)[];
  readonly fields: readonly (readonly [name: FieldName, source: Source, from: string])[];
}

/**
 * Checks a mapping.
 *
 * @param where - The place it came from; opens an error's message.
 * @throws {InputError} `bad-mapping` for what does not fit, `unknown-event-kind` or `unknown-field` with the nearest known name.
 */
export function parseMapping(value: unknown, where: string): Mapping {
  refuseUnknownKeys(value, where);
  const input = parseInput(mappingSchema, value, where, 'bad-mapping');
  const rules = input.rules.map((rule, place) => compiledRule(rule, input, `${where}: rules[${place}]`));
  const timeField = input.timeUnit === undefined ? undefined : UNIT_FIELDS[input.timeUnit];
  return {
    terms: input.terms,
    reader: (times, name) => {
      const file = bareName(name);
      return (line, event) => readBy(rules, line, event, { times, file, timeField });
    },
  };
}

const UNIT_FIELDS = { ns: 'timeNs', us: 'timeUs', ms: 'timeMs', s: 'timeS' } as const;

/** valibot says that a key is not known; a person wants to know which one was meant. */
function refuseUnknownKeys(value: unknown, where: string): void {
  const check = (object: unknown, known: readonly string[], place: string): void => {
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return;
    const odd = Object.keys(object).find((key) => !known.includes(key));
    if (odd !== undefined) throw unknownName('key', odd, known, place);
  };
  check(value, Object.keys(mappingSchema.entries), where);
  const { rules, terms } = (value ?? {}) as { rules?: unknown; terms?: unknown };
  check(terms, Object.keys(termsSchema.entries), `${where}: terms`);
  if (!Array.isArray(rules)) return;
  rules.forEach((rule, place) => check(rule, ['about', 'when', 'kind', 'fields'], `${where}: rules[${place}]`));
}

function compiledRule(rule: RuleInput, mapping: MappingInput, place: string): Rule {
  const kind = EVENT_KINDS.get(rule.kind);
  if (kind === undefined) throw unknownName('event kind', rule.kind, [...EVENT_KINDS.keys()], `${place}.kind`);
  const shared = Object.entries(mapping.fields).filter(
    ([name]) => !Object.hasOwn(rule.fields, name) && (bitOf(name, `${place}: fields`) & kind.takes) !== 0,
  );
  const named = [...shared, ...Object.entries(rule.fields)];
  let has: number = FIELD.kind;
  for (const [name] of named) {
    const bit = bitOf(name, `${place}.fields`);
    has |= bit;
    if ((bit & kind.takes) !== 0) continue;
    const taken = namesOf(kind.takes).join(', ');
    throw new InputError(
      'bad-mapping',
      `${place}.fields: received ${shown(name)}, which an event "${kind.name}" does not take; it takes ${taken}`,
    );
  }
  const [missing] = namesOf(kind.needs & ~has);
  if (missing !== undefined) {
    const message = `${place}: received no source for "${missing}", which an event "${kind.name}" needs`;
    throw new InputError('bad-mapping', message);
  }
  return {
    place,
    kind,
    conditions: Object.entries(rule.when).map(([pointer, condition]) =>
      compiledCondition(pointer, condition, `${place}.when`),
    ),
    fields: named.map(([name, source]) => [
      name as FieldName,
      compiledSource(source, `${place}.fields.${name}`),
      shown(source),
    ]),
  };
}

function bitOf(name: string, place: string): number {
  const known = Object.keys(FIELD).filter((one) => one !== 'kind' && one !== 'note');
  if (known.includes(name)) return FIELD[name as FieldName];
  if (Object.hasOwn(TIME_UNITS_US, name)) {
    const message = `${place}: received ${shown(name)}, expected "time", with "timeUnit" beside the rules when it is a number`;
    throw new InputError('bad-mapping', message);
  }
  throw unknownName('field', name, known, place);
}

function namesOf(bits: number): FieldName[] {
  return (Object.keys(FIELD) as FieldName[]).filter(
    (name) => name !== 'kind' && name !== 'note' && (FIELD[name] & bits) !== 0,
  );
}

function compiledCondition(pointer: string, condition: Condition, place: string): (line: unknown) => boolean {
  const lookup = pointerAt(pointer, place);
  if (typeof condition !== 'object' || condition === null) return (line) => lookup(line) === condition;
  if ('in' in condition) {
    const values = new Set<unknown>(condition.in);
    return (line) => values.has(lookup(line));
  }
  if ('exists' in condition) return (line) => (lookup(line) !== undefined) === condition.exists;
  if ('not' in condition) return (line) => lookup(line) !== condition.not;
  return (line) => {
    const value = lookup(line);
    return typeof value === 'string' && value.startsWith(condition.prefix);
  };
}

function compiledSource(source: SourceInput, place: string): Source {
  if (typeof source === 'string') return pointerAt(source, place);
  if ('value' in source) return () => source.value;
  if ('file' in source) return (_line, file) => file;
  if ('first' in source) {
    const sources = source.first.map((one) => compiledSource(one, place));
    return (line, file) => {
      for (const one of sources) {
        const value = one(line, file);
        if (value !== undefined && value !== null && value !== '') return value;
      }
      return undefined;
    };
  }
  if ('join' in source) {
    const parts = source.join.map((part) =>
      part.startsWith('/') && part.length > 1 ? pointerAt(part, place) : () => part,
    );
    return (line) => {
      const values = parts.map((part) => part(line));
      return values.some((value) => value === undefined || value === null) ? undefined : values.map(String).join('');
    };
  }
  if ('split' in source) {
    const split = pointerAt(source.split, place);
    return (line) => {
      const value = split(line);
      if (typeof value !== 'string') return value;
      return value === '' ? [] : value.split(source.at).map((item) => item.trim());
    };
  }
  const lookup = pointerAt(source.from, place);
  const map = new Map(Object.entries(source.map));
  return (line) => {
    const value = lookup(line);
    const mapped = value === undefined || value === null ? undefined : map.get(String(value));
    return mapped ?? source.default;
  };
}

function pointerAt(pointer: string, place: string): Lookup {
  if (pointer.startsWith('/')) return compiledPointer(pointer);
  const meant = `/${pointer.replaceAll('.', '/')}`;
  throw new InputError(
    'bad-mapping',
    `${place}: received ${shown(pointer)}, expected a pointer such as ${shown(meant)}`,
  );
}

interface ReadTerms {
  readonly times: TimeReader;
  readonly file: string;
  readonly timeField: string | undefined;
}

function readBy(rules: readonly Rule[], line: unknown, event: LogEvent, terms: ReadTerms): boolean {
  const rule = rules.find(({ conditions }) => conditions.every((meets) => meets(line)));
  if (rule === undefined) return false;
  event.kind = rule.kind;
  event.has = FIELD.kind;
  for (const [name, source, from] of rule.fields) {
    const value = source(line, terms.file);
    const isMissing = value === undefined || value === null || value === '';
    if (!isMissing) setMapped(event, name, value, terms);
    else if ((FIELD[name] & rule.kind.needs) !== 0) {
      const message = `received nothing at ${from}, from which ${rule.place} takes the "${name}" that an event "${rule.kind.name}" needs`;
      throw new LineMistake('missing-field', message);
    }
  }
  settle(event);
  return true;
}

const TEXTS: ReadonlySet<FieldName> = new Set([
  'node',
  'site',
  'subject',
  'reason',
  'state',
  'what',
  'path',
  'name',
  'message',
]);
const NUMBERS: ReadonlySet<FieldName> = new Set([
  'incarnation',
  'bytes',
  'size',
  'count',
  'idle',
  'longestIdle',
  'livelocks',
  'us',
] as const);

/** Logs are written in looser types than events: numbers stand for texts, and the other way round. */
function setMapped(event: LogEvent, name: FieldName, value: unknown, { times, timeField }: ReadTerms): void {
  if (name === 'time' && typeof value === 'number') {
    if (timeField === undefined) {
      throw new LineMistake(
        'bad-field',
        `time: received the number ${value}, expected "timeUnit" in the mapping to say of what`,
      );
    }
    setField(event, timeField, value, times);
  } else if (TEXTS.has(name) && typeof value !== 'string') setField(event, name, textOf(value), times);
  else if (NUMBERS.has(name) && typeof value === 'string' && /^\d{1,15}$/.test(value))
    setField(event, name, Number(value), times);
  else if ((name === 'progress' || name === 'changed') && (value === 'true' || value === 'false'))
    setField(event, name, value === 'true', times);
  else setField(event, name, value, times);
}

function textOf(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

/** The name of a file without folders and endings. */
function bareName(path: string): string {
  const base = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return (
    base.replace(/(?<=.)\.(?:gz|jsonl?|ndjson|log|txt)$/i, '').replace(/(?<=.)\.(?:jsonl?|ndjson|log|txt)$/i, '') ||
    base
  );
}
