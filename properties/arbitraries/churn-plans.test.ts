import test from 'ava';
import fc from 'fast-check';
import { calmsOf } from '../../sim/churn/calms.ts';
import { lastMomentUs, parsePlan } from '../../sim/churn/plan.ts';
import type { ChurnAction, ChurnPlan } from '../../sim/churn/plan.ts';
import { churnPlans } from './churn-plans.ts';
import type { ChurnPlanOptions } from './churn-plans.ts';
import { CHANGE_KINDS } from './planned-churn.ts';

const ACTS = ['rotate', { act: 'stop-reading', switched: true }, { act: 'dial', args: { layer: 'gossip' } }] as const;
const SECOND = 1_000_000;

/** What a plan does to peers that are not in the state it needs, and how many run at the end. */
class Population {
  readonly up: Set<number>;
  readonly wrong: string[] = [];
  private readonly born: Set<number>;
  private readonly coming: { peer: number; atUs: number }[] = [];

  constructor(nodes: number) {
    this.up = new Set(Array.from({ length: nodes }, (_, index) => index));
    this.born = new Set(this.up);
  }

  pass(untilUs: number): void {
    for (const one of this.coming.filter(({ atUs }) => atUs <= untilUs)) {
      this.up.add(one.peer);
      this.coming.splice(this.coming.indexOf(one), 1);
    }
  }

  take(action: ChurnAction): void {
    this.pass(action.atUs - 1);
    const need = (holds: boolean): void => {
      if (!holds) this.wrong.push(JSON.stringify(action));
    };
    switch (action.kind) {
      case 'start':
        need(!this.born.has(action.peer));
        this.born.add(action.peer);
        this.up.add(action.peer);
        return;
      case 'rejoin':
        need(this.born.has(action.peer) && !this.up.has(action.peer));
        this.up.add(action.peer);
        return;
      case 'stop':
      case 'kill':
      case 'restart':
      case 'respawn':
        need(this.up.delete(action.peer));
        this.coming.push(...comingOf(action));
        if (action.kind === 'respawn') need(!this.born.has(action.fresh) && this.born.add(action.fresh).size > 0);
        return;
      case 'act':
        need(action.args?.['on'] === false || this.up.has(action.peer));
        break;
      default:
    }
  }
}

function comingOf(action: ChurnAction): { peer: number; atUs: number }[] {
  if (action.kind === 'restart') return [{ peer: action.peer, atUs: lastMomentUs(action) }];
  return action.kind === 'respawn' ? [{ peer: action.fresh, atUs: lastMomentUs(action) }] : [];
}

/** What is wrong with a plan for so many nodes. */
function wrongIn(plan: ChurnPlan, { nodes, keep = 0, fromUs = 30 * SECOND }: ChurnPlanOptions): string[] {
  const wrong: string[] = [];
  if (JSON.stringify(parsePlan(plan, 'drawn')) !== JSON.stringify(plan)) wrong.push('not as it is parsed');
  const population = new Population(nodes);
  const waveUs = 120 * SECOND;
  let wave = 0;
  const look = (atUs: number): void => {
    for (; fromUs + wave * waveUs + 60 * SECOND <= atUs; wave++) {
      population.pass(fromUs + wave * waveUs + 60 * SECOND);
      if (population.up.size !== nodes) wrong.push(`${population.up.size} nodes after wave ${wave}`);
    }
  };
  for (const action of plan.actions) {
    look(action.atUs);
    population.take(action);
    if ('peer' in action && action.peer < keep) wrong.push(`kept: ${JSON.stringify(action)}`);
    if ((lastMomentUs(action) - fromUs) % waveUs > 60 * SECOND) wrong.push(`late: ${JSON.stringify(action)}`);
  }
  look(fromUs + 8 * waveUs);
  const calms = calmsOf(plan, { calmUs: 50 * SECOND, startUs: 0, endUs: fromUs + 8 * waveUs });
  if (calms.some(({ faulted }) => faulted)) wrong.push('a fault is open in a calm');
  return [...wrong, ...population.wrong];
}

const OPTIONS: readonly ChurnPlanOptions[] = [
  { nodes: 8, acts: ACTS },
  { nodes: 2, acts: ACTS },
  { nodes: 3, keep: 0, changes: { min: 100, max: 200 } },
  { nodes: 30, keep: 29 },
  { nodes: 5, kinds: ['kill', 'stop'] },
  { nodes: 6, kinds: ['start'], changes: { min: 20 } },
  { nodes: 6, kinds: ['stop', 'rejoin'], changes: { min: 20 } },
];

for (const options of OPTIONS) {
  test(`plans do only what is possible, and so do those they shrink to: ${JSON.stringify(options)}`, (t) => {
    fc.assert(
      fc.property(churnPlans(options), (plan) => wrongIn(plan, options).length === 0),
      { seed: 1, numRuns: 40 },
    );
    for (let seed = 0; seed < 4; seed++) {
      const wrong: string[] = [];
      const sizes: number[] = [];
      const { counterexample } = fc.check(
        fc.property(churnPlans(options), (plan) => {
          wrong.push(...wrongIn(plan, options));
          sizes.push(plan.actions.length);
          return false;
        }),
        { seed, numRuns: 1 },
      );
      t.deepEqual(wrong, []);
      const [smallest] = counterexample!;
      t.true(smallest.actions.length <= sizes[0]!);
      t.is(smallest.actions.length, Math.min(...sizes));
    }
  });
}

test('every kind of action is drawn, and what ends it', (t) => {
  const kinds = new Set<string>();
  for (const { actions } of fc.sample(churnPlans({ nodes: 8, acts: ACTS }), { seed: 1, numRuns: 100 })) {
    for (const action of actions) kinds.add(action.kind === 'act' ? `act ${action.act}` : action.kind);
  }
  const acts = ['act rotate', 'act stop-reading', 'act dial'];
  const expected = [...CHANGE_KINDS.filter((kind) => kind !== 'act'), 'heal', 'release', ...acts];
  t.deepEqual([...kinds].toSorted(), expected.toSorted());
});

test('a plan leaves out whole kinds of change, restarts among them', (t) => {
  const plans = fc.sample(churnPlans({ nodes: 8, changes: { min: 40 } }), { seed: 2, numRuns: 100 });
  const without = plans.filter(({ actions }) => !actions.some(({ kind }) => kind === 'restart' || kind === 'rejoin'));
  t.true(without.length > 10 && without.length < 90, String(without.length));
});

test('the number of changes is within its range', (t) => {
  for (const { actions } of fc.sample(churnPlans({ nodes: 9, kinds: ['kill'], changes: { min: 3, max: 5 } }), 50)) {
    const kills = actions.filter(({ kind }) => kind === 'kill').length;
    t.true(kills >= 3 && kills <= 5, String(kills));
  }
  t.deepEqual(fc.sample(churnPlans({ nodes: 9, changes: { max: 0 } }), 1)[0]!.actions, []);
});
