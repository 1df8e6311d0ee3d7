import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogueWith, judgeSoakAsync, parseScenario, resolveScenario } from 'quicksoak/properties';
import { membership } from './hosted.js';

const catalogue = catalogueWith({ models: [membership] });

/** @param {number} version */
async function soak(version) {
  const scenario = { model: 'membership', nodes: 8, seed: '7', for: '6m', config: { version } };
  return judgeSoakAsync(resolveScenario(parseScenario(scenario, 'test'), 'test', catalogue), { twice: version === 2 });
}

test('version 2 leaves nothing of members that are gone', async () => {
  const { verdicts, ok } = await soak(2);
  assert.deepEqual(
    verdicts.filter((verdict) => !verdict.ok),
    [],
  );
  assert.ok(ok);
});

test('version 1 keeps every suspect, at member.suspects', async () => {
  const { verdicts } = await soak(1);
  const broken = verdicts.filter((verdict) => !verdict.ok);
  assert.deepEqual(
    broken.map(({ name }) => name),
    ['residue-bounded', 'collections-plateau'],
  );
  for (const { evidence } of broken) assert.match(evidence[0]?.text ?? '', /member\.suspects/);
});
