// ghost-connections, half-open and address-map: what the transport keeps of connections that nobody uses.
// Invariant: what one act leaves is counted, not estimated; only bytes are calibrated.
import { ADDRESS_CAP, QUIC_BYTES } from '../../models/quic/contract.ts';
import type { SoakRecord } from '../soak/record.ts';
import type { Incident, IncidentRun } from './incident.ts';
import { rowsFrom } from './incident.ts';
import { MB, openEntries, shownNumber, siteOf, TOO_SHORT } from './figures.ts';
import { QUICK_TIMES } from '../quick-times.ts';
import { actsInTurn, SECOND_US, wavesOf } from './settings.ts';

const NODES = 8;
/** Waves of acts, by the nodes in turn, with a calm after each. */
const WAVES = {
  waves: 6,
  perWave: NODES,
  firstUs: 120 * SECOND_US,
  everyUs: 100 * SECOND_US,
  gapUs: SECOND_US,
};

export const ghostConnections: Incident = {
  name: 'ghost-connections',
  summary: 'a peer that dials again takes the place of its connection, which nobody closes',
  story:
    'Incident report: a reconnect with the same identity overwrote the entry of the registry without closing the ' +
    'connection that was there. Keep-alive held it open, and its two reader tasks stayed parked on it. A peer that ' +
    'restarts hides this, as its old connection times out; one that lives and dials again shows it.',
  scenario: {
    model: 'mesh',
    nodes: NODES,
    defects: ['app-registry-overwrite'],
    config: QUICK_TIMES,
    workload: { broadcastsPerSecond: 0.5 },
    plan: wavesOf(WAVES, actsInTurn(NODES, 'dial-again')),
  },
  runs: [
    { key: 'reported', title: 'the entry is overwritten', change: {} },
    { key: 'fixed', title: 'the old connection is closed first', change: { defects: [] } },
  ],
  rows: (runs) =>
    rowsFrom(runs, [
      {
        what: 'reader tasks parked on each ghost',
        unit: '',
        reported: '2',
        status: 'exact',
        from: ['reported'],
        measured: ({ record }) => {
          const readers = siteOf(record, 'mesh.frame-reader').open + siteOf(record, 'mesh.bi-echo').open;
          const ghosts = ghostsIn(record);
          const live = openEntries(record, 'connection', 'quic.connection-mesh') - ghosts;
          return ghosts === 0 ? '-' : shownNumber((readers - 2 * live) / ghosts, 2);
        },
      },
      {
        what: 'ghosts left by one further dial',
        unit: '',
        reported: undefined,
        status: 'exact',
        note: 'one on either side',
        over: ['reported', 'fixed'],
        each: ({ record }) => shownNumber(ghostsIn(record) / applied(record, 'dial-again'), 2),
      },
      {
        what: 'most open connections of one pair',
        unit: '',
        reported: undefined,
        status: 'predicted',
        over: ['reported', 'fixed'],
        each: ({ record }) => String(record.calms.at(-1)?.resources.mostConnected?.count ?? TOO_SHORT),
      },
      {
        what: 'heap of the ghosts of all nodes',
        unit: 'MB',
        reported: undefined,
        status: 'calibrated',
        note: 'a connection is as large as in shuffle-leak; the span of its handler comes on top',
        over: ['reported', 'fixed'],
        each: ({ record }) => {
          const [first, last] = [record.calms[0], record.calms.at(-1)].map((calm) => bytesIn(calm));
          return shownNumber((last! - first!) / MB, 1);
        },
      },
    ]),
};

export const halfOpen: Incident = {
  name: 'half-open',
  summary: 'a dial that is given up in mid-handshake leaves its driver and its buffers',
  story:
    'noq#681: a Connecting that is dropped before the handshake is over leaves the driver task, its channels and its ' +
    'packet spaces. No idle timeout frees them, as it applies only after the handshake. Here nodes begin to dial and ' +
    'give up 5 ms later.',
  scenario: {
    model: 'mesh',
    nodes: NODES,
    defects: ['quic-connecting-dropped'],
    config: QUICK_TIMES,
    workload: { broadcastsPerSecond: 0.5 },
    plan: wavesOf(WAVES, actsInTurn(NODES, 'cancel-dial')),
  },
  runs: [
    { key: 'reported', title: 'a dropped dial is forgotten, not freed', change: {} },
    { key: 'fixed', title: 'a dropped dial frees all it holds', change: { defects: [] } },
  ],
  rows: (runs) =>
    rowsFrom(runs, [
      {
        what: 'half-open connections left by one dropped dial',
        unit: '',
        reported: undefined,
        status: 'predicted',
        note: 'one on either side; the few dials that the stack itself gives up leave theirs as well',
        over: ['reported', 'fixed'],
        each: ({ record }) =>
          shownNumber(openEntries(record, 'half-open', 'quic.half-open') / applied(record, 'cancel-dial'), 2),
      },
      {
        what: 'driver tasks left by one dropped dial',
        unit: '',
        reported: undefined,
        status: 'predicted',
        over: ['reported', 'fixed'],
        each: ({ record }) => {
          const established = ['mesh', 'gossip'].reduce(
            (sum, alpn) => sum + openEntries(record, 'connection', `quic.connection-${alpn}`),
            0,
          );
          return shownNumber((siteOf(record, 'quic.driver').open - established) / applied(record, 'cancel-dial'), 2);
        },
      },
      {
        what: 'heap of each',
        unit: 'KB',
        reported: undefined,
        status: 'calibrated',
        note: 'packet spaces and channels before the handshake, and the driver; an assumption of the model',
        from: ['reported'],
        measured: () => shownNumber((QUIC_BYTES.halfOpen + QUIC_BYTES.driver) / 1000, 1),
      },
    ]),
};

const MAP_NODES = 10;

export const addressMap: Incident = {
  name: 'address-map',
  summary: 'mapped addresses are kept for every remote that was ever seen',
  story:
    'iroh#4293: the endpoint maps every remote to an address of its own, forward and reverse, and never takes one out. ' +
    `The accepted fix keeps up to ${ADDRESS_CAP}, which is no leak. Here nodes are killed, and a fresh identity takes the place of each.`,
  scenario: {
    model: 'mesh',
    nodes: MAP_NODES,
    defects: ['quic-address-map-never-evicted'],
    config: QUICK_TIMES,
    workload: { broadcastsPerSecond: 0.5 },
    profile: { name: 'kill-respawn', params: { waves: 8, departures: 240 } },
  },
  runs: [
    { key: 'reported', title: 'never taken out', change: {} },
    { key: 'fixed', title: `up to ${ADDRESS_CAP}`, change: { defects: [] } },
  ],
  rows: (runs) =>
    rowsFrom(runs, [
      {
        what: 'identities that a survivor could meet',
        unit: '',
        reported: undefined,
        status: 'exact',
        over: ['reported', 'fixed'],
        each: ({ record }) => String((record.calms.at(-1)?.drivers.arrivals ?? 1) - 1),
      },
      {
        what: 'mapped addresses in the fullest map',
        unit: '',
        reported: `all ever seen → up to ${ADDRESS_CAP}`,
        status: 'predicted',
        note: 'of those that it dialled or that dialled it',
        over: ['reported', 'fixed'],
        each: (run) => String(fullestMap(run) ?? TOO_SHORT),
      },
    ]),
};

/** Connections of the application that a newer one of the same pair superseded, at the last calm. */
function ghostsIn({ calms }: SoakRecord): number {
  return calms.at(-1)?.resources.superseded.get('connection quic.connection-mesh')?.count ?? 0;
}

function applied({ actions }: SoakRecord, act: string): number {
  return actions.get(`act:${act}`)?.applied ?? 0;
}

function bytesIn(calm: SoakRecord['calms'][number] | undefined): number {
  let sum = 0;
  for (const entries of calm?.resources.entries ?? []) for (const [, { bytes }] of entries.eachSite()) sum += bytes;
  return sum;
}

function fullestMap({ record }: IncidentRun): number | undefined {
  return record.calms.at(-1)?.census.sizeTotals().get('quic.addresses.forward')?.largest;
}
