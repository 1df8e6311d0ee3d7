import test from 'ava';
import fc from 'fast-check';
import { addressOf, addressOfName, indexOf, nameOf } from './addresses.ts';

test('each index has an address of its own, and the address and the name tell the index', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 16_646_143 }), (index) => {
      const address = addressOf(index);
      return indexOf(address) === index && addressOfName(nameOf(index)) === address && !/\.(0|255)$/.test(address);
    }),
    { seed: 5, numRuns: 2000 },
  );
  t.deepEqual([0, 253, 254, 65_024].map(addressOf), ['10.0.0.1', '10.0.0.254', '10.0.1.1', '10.1.0.1']);
});

test('other addresses and names belong to no peer', (t) => {
  for (const address of ['10.0.0.0', '10.0.0.255', '10.0.256.1', '11.0.0.1', '10.0.0', '', '::1'])
    t.is(indexOf(address), undefined);
  for (const name of ['p01.test', 'p.test', 'p1.test.', 'p1', 'example.com']) t.is(addressOfName(name), undefined);
});
