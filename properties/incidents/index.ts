// The incidents, in the order shown.
// Invariant: names are unique; importing this runs nothing, so that the list of scenarios can hold them.
import { addressMap, ghostConnections, halfOpen } from './connection-leaks.ts';
import { debugTelemetry } from './debug-telemetry.ts';
import { shuffleLeak, stuckLoops } from './gossip-leaks.ts';
import { hubVersusMesh } from './hub-vs-mesh.ts';
import { incidentCatalogue } from './incident.ts';
import type { Incident } from './incident.ts';
import { joinStorm } from './join-storm.ts';
import { closeNotifySpin, spinningChannel } from './spinning.ts';

/** Every incident; each is a scenario of its name as well. */
export const INCIDENTS: readonly Incident[] = incidentCatalogue([
  joinStorm,
  stuckLoops,
  ghostConnections,
  debugTelemetry,
  spinningChannel,
  closeNotifySpin,
  shuffleLeak,
  halfOpen,
  addressMap,
  hubVersusMesh,
]);

/** Each incident as a scenario of its name, with the defects that were reported. */
export const INCIDENT_SCENARIOS: readonly Pick<Incident, 'name' | 'summary' | 'scenario'>[] = INCIDENTS.map(
  ({ name, summary, scenario }) => ({ name, summary, scenario: { ...scenario, name } }),
);
