// Why a process ended, from what Node prints.
import test from 'ava';
import { lastWords } from './last-words.ts';

const FATAL = `
<--- Last few GCs --->

[12:0x7f]      512 ms: Mark-Compact 64.0 (98.1) -> 63.9 (98.2) MB

FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----

 1: 0xb7a9 node::OOMErrorHandler(char const*, v8::OOMDetails const&) [node]
`;

const THROWN = `file:///work/own.js:3
  throw new TypeError('no such luck');
        ^

TypeError: no such luck
    at build (file:///work/own.js:3:9)

Node.js v20.20.2
`;

test('a full heap is told as such, whatever signal it gave', (t) => {
  t.regex(lastWords({ code: null, signal: 'SIGABRT', output: FATAL }), /^ran out of memory: /);
  t.regex(lastWords({ code: 134, signal: null, output: FATAL }), /^ran out of memory: /);
});

test('an error nobody caught is told by its message', (t) => {
  t.is(lastWords({ code: 1, signal: null, output: THROWN }), 'threw TypeError: no such luck');
});

test('a process that ended itself is told by its code, whatever it had logged', (t) => {
  const output = 'retrying after Error: x\nNetworkError: gone\n';
  t.is(lastWords({ code: 0, signal: null, output }), 'ended its process with exit code 0');
  t.is(lastWords({ code: null, signal: 'SIGKILL', output }), 'its process was ended by SIGKILL');
});
