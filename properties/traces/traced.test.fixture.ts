// Exports small runs for the tests of the formats, and draws runs with every kind of churn and fault.
// Invariant: what is drawn is quick to run: few nodes, a minute or less of virtual time.
import * as fc from 'fast-check';
import type { PeerId } from '../../sim/peer.ts';
import { typesOf } from '../../models/own/contract.ts';
import { defineModel } from '../../models/own/reducer-model.ts';
import { catalogueWith } from '../catalogue.ts';
import type { Catalogue } from '../catalogue.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput, Soak } from '../soak/scenario.ts';
import { exportRun } from './export.ts';
import type { Exported, TraceWriter } from './export.ts';
import { exportFormat } from './formats.ts';
import type { WriterTerms } from './formats.ts';
import type { TextOut } from './text-out.ts';

const SECOND_US = 1_000_000;

/** Terms that a test may leave out. */
export type SomeTerms = Partial<Omit<WriterTerms, 'soak'>>;

/** What an export gave. */
export interface ExportedText extends Exported {
  readonly text: string;
  readonly pieces: number;
}

/** A scenario as it runs. */
export function soakOf(input: ScenarioInput, catalogue?: Catalogue): Soak {
  return resolveScenario(parseScenario(input, 'test'), 'test', catalogue);
}

/** Exports the first ten seconds, or what `some` says. */
export function exported(name: string, soak: Soak, some: SomeTerms = {}): ExportedText {
  const format = exportFormat(name);
  const terms = { ...termsOf(soak, some), ...(format.samples ? { everyUs: some.everyUs ?? SECOND_US } : {}) };
  return exportedBy(soak, terms, (out) => format.writer(out, terms));
}

/** Exports by a writer of the test's own. */
export function exportedBy(soak: Soak, some: SomeTerms, makeWriter: (out: TextOut) => TraceWriter): ExportedText {
  let text = '';
  let pieces = 0;
  const work = exportRun(soak, termsOf(soak, some), makeWriter, (piece) => {
    text += piece;
    pieces++;
  });
  for (;;) {
    const step = work.next();
    if (step.done === true) return { ...step.value, text, pieces };
  }
}

function termsOf(soak: Soak, some: SomeTerms): WriterTerms {
  const usual = { fromUs: 0, toUs: 10 * SECOND_US, everyUs: 0, epochUs: 946_684_800 * SECOND_US, isSnapshot: false };
  return { ...usual, ...some, soak };
}

/** What the nodes of `gossips` did, by their own account. */
export interface OwnAccount {
  /** Sent, as `from to n` with its time. */
  readonly sent: Map<string, number>;
  /** Handled, in order. */
  readonly received: { readonly from: number; readonly to: number; readonly n: number; readonly atUs: number }[];
}

/** A model whose every message says who sent it and the how manyth it is; it keeps the account that the tests compare with. */
export function gossips(transport: 'links' | 'datagrams', account: OwnAccount): Catalogue {
  const model = defineModel({
    name: 'gossips',
    summary: 'every node tells every node that it has heard of, and answers every third message',
    types: typesOf<{ message: { kind: 'tell' | 'answer'; n: number; from: number }; timer: 'tell' }>(),
    transport,
    config: { intervalUs: 700_000 },
    longestTimerUs: ({ intervalUs }) => intervalUs,
    longestRetentionUs: () => 1_000_000,
    state: () => ({ heard: new Set<PeerId>(), n: 0 }),
    handle(state, input, io) {
      const send = (to: PeerId, kind: 'tell' | 'answer'): void => {
        if (to === io.self) return;
        const n = ++state.n;
        account.sent.set(`${io.self.index} ${to.index} ${n} ${io.self.incarnations}`, io.nowUs);
        io.send(to, { kind, n, from: io.self.index + io.self.incarnations * 1000 });
      };
      if (input.kind === 'start') {
        for (const peer of io.contacts) send(peer, 'tell');
        io.setTimer(1 + io.random.below(io.config.intervalUs), 'tell');
      } else if (input.kind === 'timer') {
        for (const peer of state.heard) send(peer, 'tell');
        io.setTimer(io.config.intervalUs, 'tell');
      } else if (input.kind === 'message') {
        const { message, from } = input;
        state.heard.add(from);
        account.received.push({ from: message.from, to: io.self.index, n: message.n, atUs: io.nowUs });
        if (message.kind === 'tell' && message.n % 3 === 0) send(from, 'answer');
      }
    },
  });
  return catalogueWith({ models: [model], properties: [] });
}

/** Plans of half a minute that do a bit of everything to eight peers. */
export const PLANS = fc
  .array(
    fc.oneof(
      fc.record({
        atUs: fc.integer({ min: SECOND_US, max: 25 * SECOND_US }),
        kind: fc.constantFrom('kill', 'stop', 'rejoin'),
        peer: fc.integer({ min: 0, max: 7 }),
      }),
      fc.record({
        atUs: fc.integer({ min: SECOND_US, max: 25 * SECOND_US }),
        kind: fc.constant('restart'),
        peer: fc.integer({ min: 0, max: 7 }),
        downUs: fc.integer({ min: 0, max: 3 * SECOND_US }),
        graceful: fc.boolean(),
      }),
      fc.record({
        atUs: fc.integer({ min: SECOND_US, max: 25 * SECOND_US }),
        kind: fc.constantFrom('hold', 'release'),
        from: fc.integer({ min: 0, max: 3 }),
        to: fc.integer({ min: 4, max: 7 }),
      }),
      fc.record({
        atUs: fc.integer({ min: SECOND_US, max: 25 * SECOND_US }),
        kind: fc.constant('black-hole'),
        peer: fc.integer({ min: 0, max: 7 }),
        on: fc.boolean(),
      }),
      fc.record({
        atUs: fc.integer({ min: SECOND_US, max: 25 * SECOND_US }),
        kind: fc.constant('partition'),
        groups: fc.constantFrom([[], [1, 2]], [[], [0, 5, 6]]),
      }),
      fc.record({ atUs: fc.integer({ min: SECOND_US, max: 25 * SECOND_US }), kind: fc.constant('heal') }),
    ),
    { maxLength: 14 },
  )
  .map((actions) => ({ version: 1, actions }));

/** A run and a window of it. */
export interface DrawnRun {
  readonly input: ScenarioInput;
  readonly fromUs: number;
  readonly toUs: number;
}

/** Runs of any model under such plans, with faults of the network, and a window of them. */
export const RUNS: fc.Arbitrary<DrawnRun> = fc
  .record({
    model: fc.constantFrom('swarm', 'mesh', 'hub', 'tls-proxy'),
    seed: fc.string({ maxLength: 8 }),
    plan: PLANS,
    lossShare: fc.constantFrom(0, 0, 0.05),
    duplicateShare: fc.constantFrom(0, 0.1),
    fromUs: fc.integer({ min: 0, max: 20 * SECOND_US }),
    lengthUs: fc.integer({ min: 1, max: 8 * SECOND_US }),
  })
  .map(({ model, seed, plan, lossShare, duplicateShare, fromUs, lengthUs }) => {
    const network = { lossShare, duplicateShare };
    const input = { model, seed, nodes: 8, plan, network, workload: { broadcastsPerSecond: 1 } };
    return { input, fromUs, toUs: fromUs + lengthUs };
  });
