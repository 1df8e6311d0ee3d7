// Finds where a text stops being JSON, for messages: engines differ in what they say, and some say no place at all.
// Invariant: a mistake is found in exactly those texts that JSON.parse refuses.

/** The first mistake in a text that is not JSON. */
export interface JsonMistake {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** What stands there, such as `"}"` or `the end of the text`. */
  readonly received: string;
  /** What could have stood there, after "expected". */
  readonly expected: string;
}

type Want = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'next';

const EXPECTED: Readonly<Record<Want, string>> = {
  value: 'a value',
  'value or ]': 'a value or "]"',
  key: 'a key in double quotes',
  'key or }': 'a key in double quotes or "}"',
  colon: '":"',
  next: '',
};
const SPACE = /[ \t\n\r]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The first mistake in `text`; undefined when it is JSON. */
export function findJsonMistake(text: string): JsonMistake | undefined {
  const closers: ('}' | ']')[] = [];
  let want = 'value' as Want;
  let at = 0;
  for (;;) {
    at = skip(SPACE, text, at);
    const char = text[at];
    if (want === 'next') {
      const closer = closers.at(-1);
      if (closer === undefined) return char === undefined ? undefined : mistake(text, at, 'the end of the text');
      if (char !== ',' && char !== closer) return mistake(text, at, `"," or "${closer}"`);
      at += 1;
      if (char === closer) closers.pop();
      else want = closer === '}' ? 'key' : 'value';
    } else if (want === 'colon') {
      if (char !== ':') return mistake(text, at, EXPECTED[want]);
      at += 1;
      want = 'value';
    } else if ((char === ']' && want === 'value or ]') || (char === '}' && want === 'key or }')) {
      closers.pop();
      at += 1;
      want = 'next';
    } else if (char === '"') {
      const end = endOfString(text, at);
      if (typeof end !== 'number') return end;
      at = end;
      want = want === 'key' || want === 'key or }' ? 'colon' : 'next';
    } else if (want === 'key' || want === 'key or }') {
      return mistake(text, at, EXPECTED[want]);
    } else if (char === '{' || char === '[') {
      closers.push(char === '{' ? '}' : ']');
      at += 1;
      want = char === '{' ? 'key or }' : 'value or ]';
    } else {
      const end = skip(SCALAR, text, at);
      if (end === at) return mistake(text, at, EXPECTED[want]);
      at = end;
      want = 'next';
    }
  }
}

function endOfString(text: string, from: number): number | JsonMistake {
  for (let at = from + 1; at < text.length;) {
    const char = text[at]!;
    if (char === '"') return at + 1;
    if (char < ' ') return mistake(text, at, 'a closing quote before it');
    if (char === '\\') {
      const end = skip(ESCAPE, text, at);
      if (end === at) return mistake(text, at, 'an escape that JSON has');
      at = end;
    } else at += 1;
  }
  return mistake(text, text.length, 'a closing quote');
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function mistake(text: string, at: number, expected: string): JsonMistake {
  let line = 1;
  let lineStart = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < at; end = text.indexOf('\n', lineStart)) {
    line += 1;
    lineStart = end + 1;
  }
  const point = text.codePointAt(at);
  const received = point === undefined ? 'the end of the text' : JSON.stringify(String.fromCodePoint(point));
  return { line, column: at - lineStart + 1, received, expected };
}
