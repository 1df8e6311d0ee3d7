import test from 'ava';
import fc from 'fast-check';
import { deflateSync, strToU8 } from 'fflate';
import { InputError } from '../../sim/errors.ts';
import { contentId } from '../../sim/random/hash.ts';
import { parseScenario } from '../soak/scenario.ts';
import { MAX_TOKEN_LENGTH, decodeToken, encodeToken, looksLikeToken } from './token.ts';

const DIGEST = '0123456789abcdef';

function codeOf(token: string): string {
  try {
    decodeToken(token);
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
  return 'decoded';
}

/** A token with a right length and checksum around any content. */
function forged(content: Uint8Array): string {
  const checked = Buffer.concat([Buffer.from(DIGEST, 'hex'), content]);
  const head = Buffer.alloc(6);
  head.writeUInt16BE(checked.length);
  Buffer.from(contentId(checked.toString('latin1')).slice(0, 8), 'hex').copy(head, 2);
  return `qs1-${Buffer.concat([head, checked]).toString('base64url')}`;
}

function forgedJson(value: unknown): string {
  return forged(deflateSync(strToU8(JSON.stringify(value))));
}

const scenarios = fc
  .record(
    {
      seed: fc.string({ unit: 'binary', maxLength: 50 }),
      nodes: fc.integer({ min: 2, max: 1000 }),
      for: fc.constantFrom('30m', '2h'),
      defects: fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }),
      config: fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }),
      network: fc.record({ lossShare: fc.constantFrom(0, 0.25), jitterUs: fc.nat(1000) }, { requiredKeys: [] }),
      workload: fc.record({ payloadBytes: fc.nat(1000) }, { requiredKeys: [] }),
      profile: fc.record(
        { name: fc.constant('pareto'), params: fc.constant({ waves: 3 }) },
        { requiredKeys: ['name'] },
      ),
      properties: fc.constant(['residue-bounded']),
      plan: fc.constant({ version: 1, actions: [{ atUs: 5, kind: 'kill', peer: 3 }] }),
    },
    { requiredKeys: [] },
  )
  .map((input) => parseScenario(input, 'test'));

test('every scenario comes back from its token, with digest and broken properties', (t) => {
  fc.assert(
    fc.property(scenarios, fc.option(fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 })), (scenario, names) => {
      const token = encodeToken(scenario, DIGEST, names ?? undefined);
      t.assert(token !== undefined && looksLikeToken(token));
      const expected = { scenario, digest: DIGEST, ...(names === null ? {} : { broken: names }) };
      t.deepEqual(decodeToken(token!), expected);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('a default scenario with a seed and a defect makes a short token', (t) => {
  const scenario = parseScenario({ seed: 'k3v9x2ab', defects: ['peer-topics-not-pruned'] }, 'test');
  t.true(encodeToken(scenario, DIGEST, ['residue-bounded'])!.length <= 130);
});

test('the order of the fields of a scenario changes nothing in its token', (t) => {
  const scenario = parseScenario({ seed: 'abc', defects: ['a'], network: { lossShare: 0.1 } }, 'test');
  const reversed = Object.fromEntries(Object.entries(scenario).toReversed()) as typeof scenario;
  t.is(encodeToken(reversed, DIGEST), encodeToken(scenario, DIGEST));
});

test('a scenario with a long plan has no token', (t) => {
  const actions = Array.from({ length: 500 }, (_, index) => ({
    atUs: index * 977,
    kind: 'kill',
    peer: (index * 7919) % 10_007,
  }));
  t.is(encodeToken(parseScenario({ plan: { version: 1, actions } }, 'test'), DIGEST), undefined);
  t.is(encodeToken(parseScenario({ config: { text: 'x'.repeat(100_000) } }, 'test'), DIGEST), undefined);
});

test('a token of another version is refused with both versions', (t) => {
  for (const version of [0, 2]) {
    const error = t.throws(() => decodeToken(`qs${version}-AAAA`), { instanceOf: InputError });
    t.is(error?.code, 'token-version');
    t.regex(error.message, new RegExp(`made by another version: received token version ${version}, expected 1`));
  }
});

test('every prefix of a token is refused as cut short', (t) => {
  const token = encodeToken(parseScenario({ seed: 'abc' }, 'test'), DIGEST)!;
  for (let length = 4; length < token.length; length++)
    t.is(codeOf(token.slice(0, length)), 'token-truncated', `${length}`);
  t.is(codeOf(`${token}A`), 'token-truncated');
});

test('no single wrong character goes unnoticed', (t) => {
  const scenario = parseScenario({ seed: 'abc', nodes: 30 }, 'test');
  const token = encodeToken(scenario, DIGEST)!;
  for (let place = 4; place < token.length; place++) {
    const wrong = token.slice(0, place) + (token[place] === 'A' ? 'B' : 'A') + token.slice(place + 1);
    const code = codeOf(wrong);
    // The last character may hold bits that are not used.
    if (code === 'decoded') t.deepEqual(decodeToken(wrong), { scenario, digest: DIGEST });
    else t.true(['token-truncated', 'token-mistyped'].includes(code), code);
  }
  t.is(codeOf(token.replace(/^(.{10})(.)(.)/, '$1$3$2')), 'token-mistyped');
});

test('what is no token at all is refused as such', (t) => {
  for (const text of ['', 'swarm', 'qs-abc', 'qs1-', 'qs1-a b', 'qs1-ä', `qs1-${'A'.repeat(MAX_TOKEN_LENGTH)}`]) {
    t.true(['bad-token', 'token-truncated'].includes(codeOf(text)), text);
  }
});

test('content that does not unpack, is no JSON or does not validate is refused', (t) => {
  t.is(codeOf(forged(new Uint8Array([255, 255, 255, 255]))), 'bad-token');
  t.is(codeOf(forged(deflateSync(strToU8('{"s":')))), 'bad-token');
  t.is(codeOf(forgedJson([])), 'bad-token');
  t.is(codeOf(forgedJson({ s: {}, b: [1] })), 'bad-token');
  t.is(codeOf(forgedJson({ s: {}, x: 1 })), 'bad-token');
  t.is(codeOf(forgedJson({ s: { nodes: -1 } })), 'bad-scenario');
  t.is(codeOf(forgedJson({ s: {} })), 'decoded');
});

test('a letter too many is noticed, whatever the length of the token', (t) => {
  for (let nodes = 8; nodes < 200; nodes += 7) {
    const token = encodeToken(parseScenario({ nodes, seed: 'x'.repeat(nodes % 5) }, 'test'), '0123456789abcdef')!;
    t.is(codeOf(token), 'decoded');
    for (const letter of ['x', 'A', '-']) t.not(codeOf(token + letter), 'decoded');
  }
});

test('a token that unpacks to too much is refused', (t) => {
  const bomb = forged(deflateSync(new Uint8Array(800_000), { level: 9 }));
  t.true(bomb.length <= MAX_TOKEN_LENGTH);
  t.is(codeOf(bomb), 'token-too-big');
});

test('arbitrary texts are refused or decode, and nothing else happens', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      t.not(codeOf(`qs1-${text}`), 'decoded');
    }),
    { seed: 2, numRuns: 300 },
  );
});

test('how long a damaged token should be is told only where it says what can be', (t) => {
  const said = (token: string): string => t.throws<InputError>(() => decodeToken(token)).message;
  const token = encodeToken(parseScenario({ seed: 'abc' }, 'test'), DIGEST)!;
  t.regex(said(token.slice(0, -3)), new RegExp(`received ${token.length - 3} characters, expected ${token.length}$`));
  for (const text of ['qs1-broken', 'qs1-', 'qs1-AA', 'qs1-AAAA']) {
    t.regex(said(text), /cut short or mistyped: received \d+ characters, expected a whole token, as a run prints it$/);
  }
});
