import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { ChurnAction } from '../../sim/churn/plan.ts';
import { Ledger } from '../../sim/ledger/ledger.ts';
import { METER } from '../../sim/meters.ts';
import { gossipConfigSchema } from '../../models/gossip/contract.ts';
import { ADDRESS_CAP } from '../../models/quic/contract.ts';
import { parseInput } from '../../sim/input.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { SoakResult } from '../soak/judge.ts';
import type { SoakRecord } from '../soak/record.ts';
import { startSoak } from '../soak/run.ts';
import type { StartedSoak } from '../soak/run.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput, Soak } from '../soak/scenario.ts';
import { QUICK } from './stack.ts';
import { workshopSoak } from './workshop.test.fixture.ts';

// Negative controls: what looks like a fault and is none. Each test shows first that its run holds the thing at all.

const SECOND = 1_000_000;
const CLOSE_US = SECOND;

function soakOf(scenario: ScenarioInput): Soak {
  return resolveScenario(parseScenario(scenario, 'control'));
}

function broken({ verdicts }: SoakResult): string[] {
  return verdicts.filter(({ ok }) => !ok).map(({ name, figure }) => `${name}: ${figure}`);
}

/** Judges a soak; every property that the run can show must have been judged, and hold. */
function green(t: ExecutionContext, soak: Soak, judged: readonly string[]): SoakRecord {
  const result = judgeSoak(soak, { twice: false });
  t.deepEqual(broken(result), []);
  for (const name of judged) t.true(result.verdicts.find((verdict) => verdict.name === name)!.judged, name);
  return result.record;
}

/** Runs a soak a second time, with a look every so often; its digest. */
function looked(soak: Soak, everyUs: number, begin: (started: StartedSoak) => () => void): string {
  const started = startSoak(soak);
  const { simulation } = started;
  const look = begin(started);
  while (simulation.nowUs < soak.endUs) {
    simulation.run({ untilUs: Math.min(soak.endUs, simulation.nowUs + everyUs) });
    look();
  }
  return simulation.digest.hex;
}

/** Waves of gossip dials to peers that are connected; while they are superseded nothing passes for four seconds. */
const dialledAgain: ScenarioInput = {
  ...QUICK,
  plan: {
    version: 1,
    actions: Array.from({ length: 32 }, (_, count) => count).flatMap((count): ChurnAction[] => {
      const atUs = (120 + Math.floor(count / 4) * 140 + (count % 4) * 15) * SECOND;
      const peer = count % 8;
      return [
        { atUs, kind: 'act', peer, act: 'dial-again', args: { layer: 'gossip' } },
        { atUs: atUs + 100_000, kind: 'black-hole', peer, on: true },
        { atUs: atUs + 4 * SECOND, kind: 'black-hole', peer, on: false },
      ];
    }),
  },
};

test('two parallel connections of a pair for the finish window and the close are no fault', (t) => {
  const { finishUs } = parseInput(gossipConfigSchema, {}, 'gossip', 'bad-scenario');
  const soak = soakOf(dialledAgain);
  const stepUs = 50_000;
  let most = 0;
  let longestUs = 0;
  const digest = looked(soak, stepUs, ({ simulation }) => {
    const ledger = (simulation.ledger = new Ledger(simulation));
    let sinceUs = new Map<string, number>();
    return () => {
      const counts = new Map<string, number>();
      for (const { owner, subject, site } of ledger.openEntries({ kind: 'connection' })) {
        const pair = `${owner.serial} > ${subject}: ${site}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
      const parallel = [...counts].filter(([, count]) => count > 1);
      most = Math.max(most, ...counts.values());
      sinceUs = new Map(parallel.map(([pair]) => [pair, sinceUs.get(pair) ?? simulation.nowUs]));
      for (const fromUs of sinceUs.values()) longestUs = Math.max(longestUs, simulation.nowUs - fromUs);
    };
  });
  t.is(most, 2);
  t.true(longestUs > finishUs, `${longestUs}`);
  t.true(longestUs <= finishUs + CLOSE_US + stepUs, `${longestUs}`);
  t.is(green(t, soak, ['connections-bounded', 'tasks-finish', 'no-wedge']).digest, digest);
});

test('connections that overlap with the next at the very end of calms are no fault, up to two of a pair', (t) => {
  const renewing = { renewUs: 8 * SECOND, overlapUs: 6 * SECOND, letsGo: true };
  const record = green(t, workshopSoak(renewing, { seed: '0' }), ['connections-bounded', 'tasks-finish']);
  const counts = record.calms.map(({ resources }) => resources.mostConnected?.count);
  t.true(counts.filter((count) => count === 2).length > counts.length / 2, counts.join(' '));
  const three = workshopSoak({ ...renewing, overlapUs: 12 * SECOND }, { seed: '0' });
  t.true(broken(judgeSoak(three, { twice: false })).some((text) => text.startsWith('connections-bounded')));
});

test('an address map that stands at its cap is no fault, though more identities came by', (t) => {
  const record = green(t, soakOf({ ...QUICK, profile: { name: 'kill-respawn', params: { waves: 12 } } }), [
    'collections-plateau',
    'residue-bounded',
  ]);
  const survivors = record.calms.at(-1)!.census.nodes.filter(({ bornUs }) => bornUs < SECOND);
  t.true(survivors.length > 1);
  for (const path of ['quic.addresses.forward', 'quic.addresses.reverse']) {
    const sizes = record.calms
      .slice(-3)
      .map(({ census }) => census.nodes.find((n) => n.bornUs < SECOND)!.sizes.get(path));
    t.deepEqual(sizes, [ADDRESS_CAP, ADDRESS_CAP, ADDRESS_CAP], path);
    t.true(survivors.every(({ sizes: all }) => all.get(path)! <= ADDRESS_CAP));
  }
  t.true(record.calms.at(-1)!.drivers.arrivals > 1.5 * ADDRESS_CAP);
  // Departed peers are in it, and are not residue.
  t.true(survivors.some(({ retained }) => [...retained.keys()].some((path) => path.startsWith('quic.addresses'))));
});

test('departed peers that a passive view keeps within its cap are no fault', (t) => {
  const passiveViewCapacity = 12;
  const hyparview = { ...(QUICK.config!['hyparview'] as object), passiveViewCapacity };
  const soak = soakOf({ ...QUICK, config: { ...QUICK.config, hyparview }, profile: { name: 'kill-respawn' } });
  const record = green(t, soak, ['collections-plateau', 'residue-bounded']);
  const path = 'gossip.topics[*].hyparview.passive';
  const nodes = record.calms.slice(1).flatMap(({ census }) => census.nodes);
  const kept = nodes.map(({ retained }) =>
    [...retained].reduce((sum, [where, count]) => sum + (where.startsWith(path) ? count : 0), 0),
  );
  t.true(kept.filter((count) => count > 0).length > nodes.length / 2);
  const sizes = nodes.map(({ largest }) => largest.get(path) ?? 0);
  t.is(Math.max(...sizes), passiveViewCapacity);
});

test('listeners in proportion to the operations in flight are no fault, and those that outlive them are', (t) => {
  const workshop = { renewUs: 20 * SECOND, overlapUs: SECOND, letsGo: true };
  const record = green(t, workshopSoak(workshop, { seed: '0' }), ['spans-bounded', 'heap-plateaus', 'tasks-finish']);
  const open = record.ledger!.sites.find(({ site }) => site === 'workshop.listener')!;
  const operations = record.tasks.sites.find(({ site }) => site === 'workshop.operation')!;
  t.is(open.open, operations.open);
  t.true(open.open > 0 && open.peak > 3 * 6);
  const kept = judgeSoak(workshopSoak({ ...workshop, letsGo: false }, { seed: '0' }), { twice: false });
  t.true(broken(kept).some((text) => text.startsWith('spans-bounded')));
});

/** The hub is away for longer than the idle timeout, twice in a wave. */
const awayAgain: ScenarioInput = {
  model: 'hub',
  nodes: 20,
  plan: {
    version: 1,
    actions: Array.from({ length: 10 }, (_, count): ChurnAction => {
      const atUs = (60 + Math.floor(count / 2) * 160 + (count % 2) * 50) * SECOND;
      return { atUs, kind: 'restart', peer: 0, downUs: 30 * SECOND };
    }),
  },
};

test('a reconnect herd that decays is no fault', (t) => {
  const soak = soakOf(awayAgain);
  const dials: number[] = [];
  const digest = looked(soak, soak.endUs, ({ simulation }) => {
    simulation.observer = { dialled: () => dials.push(simulation.nowUs) };
    return () => {};
  });
  const between = (fromUs: number, untilUs: number): number =>
    dials.filter((atUs) => atUs >= fromUs && atUs < untilUs).length;
  for (const action of soak.plan.actions) {
    const lostUs = action.atUs + soak.network.idleTimeoutUs - 2 * SECOND;
    const herd = between(lostUs, lostUs + 7 * SECOND);
    const later = between(lostUs + 7 * SECOND, lostUs + 14 * SECOND);
    const afterwards = between(action.atUs + 44 * SECOND, action.atUs + 50 * SECOND);
    t.true(herd > 2 * (soak.nodes - 1), `${herd}`);
    t.true(later > 0 && later < 0.75 * herd, `${herd}, then ${later}`);
    t.is(afterwards, 0);
  }
  const record = green(t, soak, ['cost-settles', 'joins-bounded', 'connections-bounded', 'tasks-finish', 'no-wedge']);
  t.is(record.digest, digest);
  t.is(record.meters[METER.dials], dials.length);
});
