// A module as --use loads it: a model whose world goes wrong in the way that its configuration says.
// Invariant: with the mishap `none` it is the model swarm.
import * as v from 'valibot';
import { swarm, swarmConfigSchema } from '../../models/swarm.ts';
import type { Model } from '../../models/model.ts';

const MISHAPS = {
  none: () => {},
  print: () => console.log('printed in the process of a run'),
  // oxlint-disable-next-line unicorn/no-process-exit -- that it ends the process is the point
  exit: () => process.exit(7),
  throw: () => {
    throw new TypeError('no such luck');
  },
  'late-throw': () =>
    process.nextTick(() => {
      throw new RangeError('too late');
    }),
  kill: () => process.kill(process.pid, 'SIGKILL'),
  hang: () => {
    for (;;);
  },
  map: () => {
    const held = new Map<number, object>();
    for (let key = 0; ; key++) held.set(key, { key });
  },
} as const;

const mishapNames = Object.keys(MISHAPS) as (keyof typeof MISHAPS)[];
const schema = v.strictObject({
  ...swarmConfigSchema.entries,
  /** What goes wrong. */
  mishap: v.optional(v.picklist(mishapNames), 'none'),
  /** Goes wrong for these seeds only; default for all. */
  seeds: v.optional(v.array(v.string())),
});

/** The model `mishaps`. */
export const mishaps: Model<v.InferOutput<typeof schema>> = {
  ...swarm,
  name: 'mishaps',
  configSchema: schema,
  build(context) {
    const { mishap, seeds } = context.config;
    if (seeds?.includes(context.simulation.seed) ?? true) context.simulation.at(1000, MISHAPS[mishap]);
    return swarm.build(context);
  },
};
