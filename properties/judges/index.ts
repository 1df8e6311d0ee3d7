// Every generic property, in the order of the verdict table.
import { unknownName } from '../../sim/input.ts';
import type { Property } from '../property.ts';
import { broadcastDelivered } from './broadcast-delivered.ts';
import { collectionsPlateau } from './collections-plateau.ts';
import { connectionsBounded } from './connections-bounded.ts';
import { costSettles } from './cost-settles.ts';
import { deterministic } from './deterministic.ts';
import { faultsFired } from './faults-fired.ts';
import { heapPlateaus } from './heap-plateaus.ts';
import { joinsBounded } from './joins-bounded.ts';
import { ledgerBalanced } from './ledger-balanced.ts';
import { meshConnected } from './mesh-connected.ts';
import { noBusyLoop } from './no-busy-loop.ts';
import { noWedge } from './no-wedge.ts';
import { residueBounded } from './residue-bounded.ts';
import { spansBounded } from './spans-bounded.ts';
import { tasksFinish } from './tasks-finish.ts';
import { viewsSymmetric } from './views-symmetric.ts';

/** Every generic property, in the order of the verdict table. */
export const PROPERTIES: readonly Property[] = [
  joinsBounded,
  residueBounded,
  collectionsPlateau,
  tasksFinish,
  connectionsBounded,
  ledgerBalanced,
  spansBounded,
  heapPlateaus,
  noBusyLoop,
  noWedge,
  viewsSymmetric,
  meshConnected,
  broadcastDelivered,
  costSettles,
  faultsFired,
  deterministic,
];

/**
 * The property of that name.
 *
 * @param where - The place of the name; opens an error's message.
 * @param properties - Those to look among; default {@link PROPERTIES}.
 * @throws {InputError} `unknown-property` with the known names and the nearest.
 */
export function propertyNamed(name: string, where?: string, properties: readonly Property[] = PROPERTIES): Property {
  const property = properties.find((candidate) => candidate.name === name);
  if (property === undefined) {
    throw unknownName(
      'property',
      name,
      properties.map((candidate) => candidate.name),
      where,
    );
  }
  return property;
}
