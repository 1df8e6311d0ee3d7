// How many different sites and paths a log may tell of.
// Invariant: they name places in a program, so they are few, and can be kept for as long as the check lasts.
import { LineMistake } from './event-reader.ts';

/** Most different sites, and most different paths. */
export const MOST_SITES = 10_000;

/**
 * Refuses one more.
 *
 * @param what - Of what there are too many, in the plural.
 * @param field - The field that names them.
 * @throws {LineMistake} `many-sites`.
 */
export function refuseSites(what: string, field: string): never {
  const message = `received more than ${MOST_SITES} different ${what}, expected few: a ${field} names a place in the program, and what differs each time belongs into "id" or "subject"`;
  throw new LineMistake('many-sites', message);
}
