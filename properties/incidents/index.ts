// The incidents, in the order shown.
// Invariant: names are unique; importing this runs nothing, so that the list of scenarios can hold them.
import { incidentCatalogue } from './incident.ts';
import type { Incident } from './incident.ts';

/** Every incident; each is a scenario of its name as well. */
export const INCIDENTS: readonly Incident[] = incidentCatalogue([]);

/** Each incident as a scenario of its name, with the defects that were reported. */
export const INCIDENT_SCENARIOS: readonly Pick<Incident, 'name' | 'summary' | 'scenario'>[] = INCIDENTS.map(
  ({ name, summary, scenario }) => ({ name, summary, scenario: { ...scenario, name } }),
);
