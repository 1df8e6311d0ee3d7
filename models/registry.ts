// The models by name.
// Invariant: names are unique, and the list's order is the order they are shown in.
import { unknownName } from '../sim/input.ts';
import { hub } from './hub.ts';
import { mesh } from './mesh.ts';
import type { Model } from './model.ts';
import { swarm } from './swarm.ts';
import { tlsProxy } from './tls-proxy.ts';

/** Every model there is. */
export const MODELS: readonly Model[] = [swarm, mesh, hub, tlsProxy];

/**
 * The model of that name.
 *
 * @param where - The place of the name; opens an error's message.
 * @param models - Those to look among; default {@link MODELS}.
 * @throws {InputError} `unknown-model` with the known names and the nearest.
 */
export function modelNamed(name: string, where?: string, models: readonly Model[] = MODELS): Model {
  const model = models.find((candidate) => candidate.name === name);
  if (model === undefined)
    throw unknownName(
      'model',
      name,
      models.map((candidate) => candidate.name),
      where,
    );
  return model;
}
