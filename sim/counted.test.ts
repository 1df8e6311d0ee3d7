import test from 'ava';
import { counted } from './counted.ts';

test('one thing is told in the singular, none and many in the plural', (t) => {
  t.deepEqual(
    [0, 1, 2].map((count) => counted(count, 'line')),
    ['0 lines', '1 line', '2 lines'],
  );
  t.is(counted(1, 'life', 'lives'), '1 life');
  t.is(counted(3, 'life', 'lives'), '3 lives');
});
