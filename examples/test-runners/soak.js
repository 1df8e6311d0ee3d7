// What the three test files assert; each is one line in a runner of its own.
// Invariant: a run depends on its seed alone, so that all three see the same scenarios.
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { soakProperty } from 'quicksoak/properties';
import { greeters } from './greeters.js';

/** `DEFECTS=departed-kept npm test` shows how a finding looks. */
const defects = process.env['DEFECTS']?.split(',') ?? [];

export function soak() {
  const property = soakProperty(greeters, {
    nodes: { max: 8 },
    defects,
    use: './greeters.js',
    // The smallest one comes last.
    onFailure: ({ fileText }) => writeFileSync('finding.json', fileText),
  });
  fc.assert(property, { seed: 1, numRuns: 30 });
}
