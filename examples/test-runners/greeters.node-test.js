import { test } from 'node:test';
import { soak } from './soak.js';

test('whoever is gone leaves nothing behind', () => soak());
