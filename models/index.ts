// The public surface of the models.
export { modelNamed, MODELS } from './registry.ts';
export type { Model, ModelContext } from './model.ts';
export type { Defect } from './defect.ts';
export { swarm, swarmConfigSchema, SwarmWorld } from './swarm.ts';
export type { SwarmConfig } from './swarm.ts';
export { createHyParView, HyParView } from './hyparview.ts';
export { createPlumtree, Plumtree } from './plumtree.ts';
