import test from 'ava';
import { soak } from './soak.js';

test('whoever is gone leaves nothing behind', (t) => {
  t.timeout(60_000);
  soak();
  t.pass();
});
