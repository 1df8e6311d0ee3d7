import assert from 'node:assert/strict';
import test from 'node:test';
import { catalogueWith, judgeSoak, parseScenario, plateaus, resolveScenario } from 'quicksoak/properties';
import { heartbeat } from './heartbeat.js';
import * as own from './properties.js';

const catalogue = catalogueWith({ models: [heartbeat], properties: Object.values(own) });

/**
 * The verdicts of a soak under churn: nodes are killed, and others that nobody knows take their places.
 *
 * @param {string} seed
 * @param {string[]} defects
 */
function soak(seed, defects) {
  const scenario = parseScenario({ model: 'heartbeat', nodes: 10, seed, defects }, 'test');
  const { ok, verdicts } = judgeSoak(resolveScenario(scenario, 'test', catalogue));
  const broken = verdicts.filter((verdict) => !verdict.ok);
  return { ok, verdicts, broken: broken.map(({ name }) => name), evidence: broken.flatMap(({ evidence }) => evidence) };
}

test('a suspicion of a peer that is gone for good leaks, and the evidence says where', () => {
  const { ok, broken, evidence } = soak('1', ['suspicions-kept']);
  assert.equal(ok, false);
  assert.deepEqual(broken, ['residue-bounded', 'collections-plateau', 'suspicions-plateau']);
  assert.ok(evidence.some(({ text }) => text.startsWith('suspected[key]: ')));
});

test('the fix holds for many seeds, and every property of its own is judged', () => {
  for (const seed of ['1', '2', '3']) {
    const { ok, broken, verdicts } = soak(seed, []);
    assert.deepEqual({ ok, broken }, { ok: true, broken: [] });
    for (const { name } of Object.values(own)) assert.equal(verdicts.find((one) => one.name === name)?.judged, true);
  }
});

test('a property is held to the types of the model it is for', () => {
  plateaus(heartbeat, {
    name: 'mistyped',
    // @ts-expect-error -- the state of a heartbeat has no such field
    measure: ({ suspicions }) => suspicions.size,
  });
});
