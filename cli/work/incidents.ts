// Runs incidents, one after the other.
import { incidentsNamed, playIncident } from '../../properties/incidents/report.ts';
import type { IncidentReport } from '../../properties/incidents/report.ts';
import type { CutShort } from '../exit-codes.ts';
import { throttled } from './watch.ts';
import type { Watch } from './watch.ts';

/** What to run. */
export interface IncidentsOrder {
  /** Names; none for all. */
  readonly names: readonly string[];
  /** Default: each incident's own. */
  readonly seed?: string;
  /** Most real time in all, in microseconds; default unlimited. */
  readonly maxWallUs?: number;
}

/** The incidents that were run to their end, and the one that was cut short as far as it came. */
export interface PlayedIncidents {
  readonly reports: readonly IncidentReport[];
  readonly wallMs: number;
  /** Undefined when every run reached its end. */
  readonly cutShort: CutShort | undefined;
}

/** What to tell while it goes on. */
export interface IncidentsTeller {
  /** An incident was run, to its end or not. */
  part(report: IncidentReport): void;
  progress(share: number): void;
}

/**
 * Runs incidents in the order of the list.
 *
 * @throws {InputError} `unknown-incident`.
 */
export function workIncidents(order: IncidentsOrder, watch: Watch, tell: IncidentsTeller): PlayedIncidents {
  const incidents = incidentsNamed(order.names);
  const reports: IncidentReport[] = [];
  const progress = throttled((share) => tell.progress(share));
  for (const incident of incidents) {
    const report = playIncident(incident, {
      expired: watch.expired,
      onProgress: (share) => progress((reports.length + share) / incidents.length),
      ...(order.seed === undefined ? {} : { seed: order.seed }),
    });
    reports.push(report);
    tell.part(report);
    if (report.cutShort) break;
  }
  return { reports, wallMs: watch.wallMs, cutShort: watch.cause };
}
