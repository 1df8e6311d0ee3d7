// The incidents, in the order shown.
// Invariant: names are unique; importing this runs nothing, so that the list of scenarios can hold them.
import { incidentCatalogue } from './incident.ts';
import type { Incident } from './incident.ts';

/** Every incident; each is a scenario of its name as well. */
export const INCIDENTS: readonly Incident[] = incidentCatalogue([]);
