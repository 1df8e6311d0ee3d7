// spinning-channel and close-notify-spin: loops that wake themselves and achieve nothing.
// Invariant: what they cost follows from the cost of an idle poll; only its order of magnitude is calibrated.
import type { CostStack } from '../../sim/cost/account.ts';
import type { SoakRecord } from '../soak/record.ts';
import type { Incident } from './incident.ts';
import { rowsFrom } from './incident.ts';
import { coresOver, endsOf, shownNumber, TOO_SHORT } from './figures.ts';
import { QUICK_TIMES } from '../quick-times.ts';
import { NOTHING, SECOND_US } from './settings.ts';

/** When the topic is closed under one node. */
const CLOSED_US = 120 * SECOND_US;

export const spinningChannel: Incident = {
  name: 'spinning-channel',
  summary: 'the event channel is closed, and the loop that reads it continues instead of ending',
  story:
    "Incident report: when the gossip topic was closed, the event loop's arm for a closed channel said continue where " +
    'break was meant. A closed channel is ready at once and for ever, so the loop spun without ever yielding, and one ' +
    'core was at 100%.',
  scenario: {
    model: 'mesh',
    nodes: 8,
    for: '4m',
    defects: ['app-continue-on-closed'],
    config: QUICK_TIMES,
    workload: { broadcastsPerSecond: 0.5 },
    plan: { version: 1, actions: [{ atUs: CLOSED_US, kind: 'act', peer: 3, act: 'close-topic' }] },
  },
  runs: [
    { key: 'reported', title: 'the loop continues', change: {} },
    { key: 'fixed', title: 'the loop ends and the topic is entered again', change: { defects: [] } },
  ],
  rows: (runs) =>
    rowsFrom(runs, [
      {
        what: 'busiest node after the close',
        unit: '% of a core',
        reported: '100',
        status: 'predicted',
        over: ['reported', 'fixed'],
        each: ({ record }) => shownNumber(busiestShare(record, CLOSED_US) * 100, 1),
      },
      {
        what: 'polls of the event loops that achieved nothing',
        unit: '%',
        reported: undefined,
        status: 'predicted',
        over: ['reported', 'fixed'],
        each: ({ record }) => shownNumber(idleShare(record, 'mesh.event-loop') * 100, 2),
      },
    ]),
};

export const closeNotifySpin: Incident = {
  name: 'close-notify-spin',
  summary: 'a TLS stream wants to read what lies behind a close_notify, wakes itself, and makes no progress',
  story:
    'rustls#1950 and tokio-rustls#72: a peer sent a record behind its close_notify. The bytes stay in the buffer of the ' +
    'connection, so the stream wants to read and wakes itself, but nothing behind a close_notify is ever given out. The ' +
    'flame graph of the production incident was led not by TLS but by the span bookkeeping around each idle poll.',
  scenario: {
    model: 'tls-proxy',
    nodes: 10,
    for: '2m',
    defects: ['tls-close-notify-trailer'],
    plan: NOTHING,
    workload: { broadcastsPerSecond: 0 },
  },
  runs: [
    { key: 'reported', title: 'trailing records stay buffered', change: {} },
    { key: 'fixed', title: 'trailing records are dropped', change: { defects: [] } },
  ],
  rows: (runs) =>
    rowsFrom(runs, [
      {
        what: 'leading frame, its share of the CPU',
        unit: '',
        reported: 'span bookkeeping',
        status: 'calibrated',
        note: 'the costs of an idle poll were set by their order of magnitude; none was fitted to a figure',
        over: ['reported', 'fixed'],
        each: ({ record }) => leadingFrame(record.cost?.stacks ?? []),
      },
      {
        what: 'span bookkeeping, share of the CPU',
        unit: '%',
        reported: undefined,
        status: 'calibrated',
        over: ['reported', 'fixed'],
        each: ({ record }) =>
          shownNumber(shareOf(record.cost?.stacks ?? [], (frame) => frame.startsWith('span.')) * 100, 1),
      },
      {
        what: 'CPU of ten proxies',
        unit: 'cores',
        reported: undefined,
        status: 'predicted',
        over: ['reported', 'fixed'],
        each: ({ record }) => {
          const ends = endsOf(record, { fromUs: 0, untilUs: record.endUs });
          return ends === undefined ? TOO_SHORT : shownNumber(coresOver(ends), 3);
        },
      },
      {
        what: 'polls of connections that achieved nothing',
        unit: '%',
        reported: undefined,
        status: 'predicted',
        over: ['reported', 'fixed'],
        each: ({ record }) => shownNumber(idleShare(record, 'proxy.connection') * 100, 2),
      },
    ]),
};

/** The share of a core that the busiest node took from a moment on: the mean over the samples of the timeline. */
function busiestShare({ timeline }: SoakRecord, fromUs: number): number {
  const after = timeline.filter((_sample, place) => (timeline[place - 1]?.atUs ?? -1) >= fromUs);
  const spentUs = after.reduce((sum, { busiestUs }) => sum + busiestUs, 0);
  const lastUs = after.at(-1)?.atUs ?? fromUs;
  return lastUs === fromUs ? 0 : spentUs / (lastUs - fromUs);
}

function idleShare({ tasks }: SoakRecord, name: string): number {
  const site = tasks.sites.find((one) => one.site === name);
  return site === undefined || site.polls === 0 ? 0 : site.idlePolls / site.polls;
}

/** The frame that spent most itself, under its caller. */
function leadingFrame(stacks: readonly CostStack[]): string {
  const frames = new Map<string, number>();
  for (const { stack, us } of stacks) {
    const frame = stack.slice(-2).join('/');
    frames.set(frame, (frames.get(frame) ?? 0) + us);
  }
  const [first] = [...frames].toSorted((a, b) => b[1] - a[1]);
  if (first === undefined) return '-';
  const totalUs = stacks.reduce((sum, { us }) => sum + us, 0);
  return `${first[0]} ${shownNumber((first[1] / totalUs) * 100, 1)}%`;
}

function shareOf(stacks: readonly CostStack[], counts: (frame: string) => boolean): number {
  const totalUs = stacks.reduce((sum, { us }) => sum + us, 0);
  const us = stacks.reduce((sum, one) => (counts(one.stack.at(-1) ?? '') ? sum + one.us : sum), 0);
  return totalUs === 0 ? 0 : us / totalUs;
}
