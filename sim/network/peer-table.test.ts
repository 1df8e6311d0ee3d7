import test from 'ava';
import fc from 'fast-check';
import { PeerId } from '../peer.ts';
import { PeerTable } from './peer-table.ts';

test('a table does what a Map does, in the same order, small and large', (t) => {
  const peers = Array.from({ length: 40 }, (_, index) => new PeerId(index));
  const action = fc.record({ do: fc.constantFrom('set', 'set', 'delete', 'clear'), peer: fc.nat(39), value: fc.nat() });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), fc.integer({ min: 1, max: 40 }), (actions, range) => {
      const table = new PeerTable<number>();
      const map = new Map<PeerId, number>();
      for (const { do: what, peer: index, value } of actions) {
        const peer = peers[index % range]!;
        if (what === 'set') {
          table.set(peer, value);
          map.set(peer, value);
        } else if (what === 'delete') {
          if (table.delete(peer) !== map.delete(peer)) return false;
        } else if (value % 5 === 0) {
          table.clear();
          map.clear();
        }
        if (table.size !== map.size || table.get(peer) !== map.get(peer) || table.has(peer) !== map.has(peer))
          return false;
      }
      return (
        JSON.stringify([...table]) === JSON.stringify([...map]) &&
        [...table.values()].join() === [...map.values()].join()
      );
    }),
    { seed: 3, numRuns: 500 },
  );
  t.pass();
});
