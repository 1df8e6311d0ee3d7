import test from 'ava';
import fc from 'fast-check';
import { PeerId } from '../../sim/peer.ts';
import { Identities } from './identities.ts';

const [first, second] = [new PeerId(1), new PeerId(2)];

function namedIn(identities: Identities, text: string): string {
  const found: string[] = [];
  identities.forEachIn(text, (peer) => found.push(String(peer)));
  return found.join();
}

test('a name is found as a whole and between characters that are no letters or digits', (t) => {
  const identities = new Identities();
  identities.add(first, 'p1');
  identities.add(first, '10.0.0.1:4000');
  identities.add(second, 'p12');
  for (const [text, expected] of [
    ['p1', 'p1'],
    ['p12', 'p2'],
    ['p123', ''],
    ['xp1', ''],
    ['/peer/p1/p12', 'p1,p2'],
    ['tcp://10.0.0.1:4000/', 'p1'],
    ['tcp://10.0.0.1:40001/', ''],
    ['210.0.0.1:4000', ''],
    ['', ''],
  ] as const) {
    t.is(namedIn(identities, text), expected, text);
  }
});

test('a name or bytes stand for one peer, and what cannot be one is refused', (t) => {
  const identities = new Identities();
  identities.add(first, 'p1');
  identities.add(first, 'p1');
  identities.add(first, new Uint8Array([1, 2]));
  t.is(identities.peerCalled(Buffer.from([1, 2])), first);
  t.is(identities.peerCalled(new Uint8Array([2, 1])), undefined);
  t.is(identities.peerCalled('p1'), first);
  for (const wrong of ['', '--', new Uint8Array(0), new Uint8Array(2000)]) {
    t.throws(() => identities.add(first, wrong), { code: 'bad-identity' });
  }
  t.throws(() => identities.add(second, 'p1'), { code: 'bad-identity', message: /which p1 is called/ });
  t.throws(() => identities.add(second, new Uint8Array([1, 2])), { code: 'bad-identity' });
});

test('names are found in any text exactly where a search character by character finds them', (t) => {
  const part = fc.constantFrom('p1', 'p12', '1', 'p', '.', ':', '/', 'a:b', 'x');
  const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
  const names = fc.uniqueArray(
    fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
    { minLength: 1, maxLength: 4 },
  );
  const isWord = (character: string | undefined): boolean => character !== undefined && /[A-Za-z0-9]/.test(character);
  fc.assert(
    fc.property(names, text, (all, within) => {
      const identities = new Identities();
      const kept = all.filter((name) => /[A-Za-z0-9]/.test(name));
      kept.forEach((name, index) => identities.add(new PeerId(index), name));
      const expected = new Set<string>();
      kept.forEach((name, index) => {
        if (kept.includes(within)) {
          if (name === within) expected.add(`p${index}`);
          return;
        }
        for (let at = within.indexOf(name); at >= 0; at = within.indexOf(name, at + 1)) {
          const before = isWord(name[0]) && isWord(within[at - 1]);
          const after = isWord(name.at(-1)) && isWord(within[at + name.length]);
          if (!before && !after) expected.add(`p${index}`);
        }
      });
      const found = new Set(
        namedIn(identities, within)
          .split(',')
          .filter((name) => name !== ''),
      );
      t.deepEqual(found, expected, `${all.join(' ')} in ${within}`);
    }),
    { seed: 7, numRuns: 1000 },
  );
});
