import test from 'ava';
import { unknownName } from '../sim/input.ts';
import { withShortList } from './known-names.ts';

const MANY = ['swarm', 'mesh', 'hub', 'shuffle-leak', ...Array.from({ length: 30 }, (_, place) => `other-${place}`)];

test('of a long list the nearest are told, and what lists them all', (t) => {
  const told = (name: string): string => withShortList(unknownName('scenario', name, MANY));
  const rest = 'and 31 more, see quicksoak list';
  t.is(told('swram'), `unknown scenario "swram"; did you mean "swarm"? Known: swarm, mesh, hub ${rest}`);
  t.is(told('big-leak'), `unknown scenario "big-leak". Known: shuffle-leak, swarm, mesh ${rest}`);
  t.is(told('hbu'), `unknown scenario "hbu"; did you mean "hub"? Known: hub, swarm, mesh ${rest}`);
  t.is(told('mehs'), `unknown scenario "mehs"; did you mean "mesh"? Known: mesh, swarm, hub ${rest}`);
  t.is(told('$&'), `unknown scenario "$&". Known: swarm, mesh, hub ${rest}`);
  t.is(told(''), `unknown scenario "". Known: swarm, mesh, hub ${rest}`);
});

test('a short list is told in full, and so is one that no command lists', (t) => {
  for (const error of [unknownName('scenario', 'x', MANY.slice(0, 20)), unknownName('flag', 'x', MANY)]) {
    t.is(withShortList(error), error.message);
  }
});
