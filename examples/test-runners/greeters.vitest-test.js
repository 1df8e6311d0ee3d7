import { test } from 'vitest';
import { soak } from './soak.js';

// A soak takes longer than the five seconds that a test has by default.
test('whoever is gone leaves nothing behind', { timeout: 60_000 }, () => soak());
