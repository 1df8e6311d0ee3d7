// The public surface of the models.
export { modelNamed, MODELS } from './registry.ts';
export type { Model, ModelContext } from './model.ts';
export type { Defect } from './defect.ts';
