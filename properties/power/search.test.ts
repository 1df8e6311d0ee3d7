// Plans that are varied stay plans of the same size that make sense, and a search is the same whenever it is made.
import test from 'ava';
import fc from 'fast-check';
import { lastMomentUs } from '../../sim/churn/plan.ts';
import type { ChurnPlan } from '../../sim/churn/plan.ts';
import { RandomStreams } from '../../sim/random/stream.ts';
import { BUILT_IN, catalogueWith } from '../catalogue.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import { runJob } from '../sweep/job.ts';
import type { JobOutcome } from '../sweep/outcome.ts';
import type { SoakJob } from '../sweep/job.ts';
import { canVary, crossed, keptPeers, mutated } from './genome.ts';
import type { Habitat } from './genome.ts';
import { powerPlan, soughtDefects } from './plan.ts';
import { gainOf, search } from './search.ts';
import type { SearchOrder, SearchResult } from './search.ts';
import { steepness } from './steepness.ts';

const END_US = 600_000_000;

function drawn(name: string, seed: string, departures: object = { departures: 20 }): ChurnPlan {
  const params = { waves: 2, warmupUs: 30_000_000, ...departures };
  const { plan } = resolveScenario(parseScenario({ nodes: 10, seed, profile: { name, params } }, 'test'));
  return { version: 1, actions: plan.actions.filter((action) => lastMomentUs(action) <= END_US) };
}

/** Actions that find their peer in a state that they cannot act on. */
function senseless({ actions }: ChurnPlan, { nodes }: Habitat): number {
  const upFrom = new Map(Array.from({ length: nodes }, (_, peer) => [peer, 0]));
  const known = new Set(upFrom.keys());
  let count = 0;
  for (const action of actions) {
    if (!('peer' in action)) continue;
    const { atUs, peer } = action;
    const isUp = (upFrom.get(peer) ?? Infinity) <= atUs;
    if (action.kind === 'start' ? known.has(peer) : action.kind === 'rejoin' ? isUp : !isUp) count++;
    known.add(peer);
    if (action.kind === 'start' || action.kind === 'rejoin') upFrom.set(peer, atUs);
    else if (action.kind === 'restart') upFrom.set(peer, lastMomentUs(action));
    else upFrom.delete(peer);
    if (action.kind === 'respawn') {
      if (known.has(action.fresh)) count++;
      known.add(action.fresh);
      upFrom.set(action.fresh, lastMomentUs(action));
    }
  }
  return count;
}

test('a varied plan keeps its size, its end and its kept peers, and makes sense', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom('kill-respawn', 'restart'),
      fc.string({ maxLength: 5 }),
      fc.string({ maxLength: 5 }),
      (name, a, b) => {
        const [first, second] = [drawn(name, `a${a}`), drawn(name, `b${b}`)];
        const habitat: Habitat = { nodes: 10, keep: keptPeers([first, second], 10), endUs: END_US };
        const random = new RandomStreams(`${a}/${b}`).stream('test');
        let plan = crossed(first, second, habitat, random);
        for (let step = 0; step < 5; step++) plan = mutated(plan, habitat, random);
        t.is(plan.actions.length, first.actions.length);
        t.true(plan.actions.every((action) => action.atUs >= 0 && lastMomentUs(action) <= END_US));
        t.true(keptPeers([plan], 10) >= habitat.keep);
        t.is(senseless(plan, habitat), 0);
      },
    ),
    { seed: 4, numRuns: 60 },
  );
});

test('faults of the network and acts that last stay as they were drawn', (t) => {
  const plan = drawn('partition', 'p', {});
  t.true(plan.actions.length > 0);
  t.false(canVary(plan));
  const random = new RandomStreams('p').stream('test');
  t.deepEqual(mutated(plan, { nodes: 10, keep: 3, endUs: END_US }, random), plan);
});

const CATALOGUE = catalogueWith({ properties: [steepness] });

function orderOf(runs: number): SearchOrder {
  const scenario = parseScenario({ nodes: 6, properties: ['residue-bounded'] }, 'test');
  const defects = soughtDefects(scenario, ['peer-topics-not-pruned'], 'test', BUILT_IN);
  const grid = { rates: [0.2], timesUs: [15 * 60_000_000] };
  const { cells } = powerPlan(scenario, { grid, defects, seeds: ['s'] }, 'test', BUILT_IN);
  return { cell: cells[0]!, defect: defects[0]!, seed: 's', runs, where: 'test' };
}

async function run(job: SoakJob): Promise<JobOutcome> {
  return Promise.resolve({ kind: 'done', result: runJob(job, CATALOGUE) });
}

test('a search draws and evolves as many plans, alike whenever it is made', async (t) => {
  const [first, again] = [await search(orderOf(9), run, CATALOGUE), await search(orderOf(9), run, CATALOGUE)];
  t.deepEqual(first, again);
  t.is(first!.drawn.runCount, 9);
  t.is(first!.evolved.runCount, 9);
  t.true(first!.evolved.steepest > 0);
});

test('a find of a search is a scenario that anyone can run', async (t) => {
  const { found } = (await search(orderOf(8), run, CATALOGUE))!;
  t.deepEqual(found?.defects, ['peer-topics-not-pruned']);
  t.true(runJob({ scenario: found!, where: 'test' }, BUILT_IN).causes.length > 0);
});

test('a search that is ended gives nothing', async (t) => {
  t.is(await search(orderOf(8), async () => Promise.resolve(undefined), CATALOGUE), undefined);
});

test('a gain counts all runs of a search without a find', (t) => {
  const arm = { runCount: 40, foundCount: 0, firstFound: null, falseAlarmCount: 0, steepest: 1 };
  const lucky = { ...arm, foundCount: 4, firstFound: 10 };
  const searches: SearchResult[] = [
    { seed: 'a', drawn: arm, evolved: lucky, found: null },
    { seed: 'b', drawn: { ...arm, foundCount: 1, firstFound: 20 }, evolved: lucky, found: null },
  ];
  t.like(gainOf(searches), { findFactor: 8, speedFactor: 3 });
  t.like(gainOf([{ seed: 'c', drawn: arm, evolved: arm, found: null }]), { findFactor: null, speedFactor: null });
});
