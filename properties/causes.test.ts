import test from 'ava';
import { causesOf, causeText } from './causes.ts';
import { broken, holds } from './property.ts';
import type { Evidence } from './property.ts';

const about = (subject: string): Evidence => ({ text: subject, subject, data: {} });

test('a cause names no peer and no calm, and each is told of once', (t) => {
  const verdicts = [
    holds('held', '0', '0'),
    broken('no-wedge', '', '', [about('p12'), about('p3'), about('p3 > p14'), about('gossip.actor')], undefined),
    broken('mesh-connected', '', '', [about('calm 3'), about('calm 4')], undefined),
  ];
  t.deepEqual(causesOf(verdicts).map(causeText), [
    'no-wedge: p*',
    'no-wedge: p* > p*',
    'no-wedge: gossip.actor',
    'mesh-connected: a calm',
  ]);
});

test('a property that breaks without evidence is a cause of its own', (t) => {
  t.deepEqual(causesOf([broken('own', 'figure', 'bound', [], 5)]), [{ property: 'own', where: '' }]);
});

test('names that only look like a peer are kept', (t) => {
  const verdicts = [broken('residue-bounded', '', '', [about('topics[*].map1'), about('help2.p2p')], undefined)];
  t.deepEqual(
    causesOf(verdicts).map(({ where }) => where),
    ['topics[*].map1', 'help2.p2p'],
  );
});
