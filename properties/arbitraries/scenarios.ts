// Arbitrary scenarios of a model, drawn as a swarm: each leaves out whole kinds of fault and churn, and says so.
// Invariant: a drawn scenario is plain JSON that resolves; what was picked stands in its notes.
import fc from 'fast-check';
import { formatDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import { departs } from '../../sim/churn/plan.ts';
import type { ChurnPlan } from '../../sim/churn/plan.ts';
import { BOOTSTRAP_US } from '../../sim/churn/profile.ts';
import type { Model } from '../../models/model.ts';
import { BUILT_IN, catalogueWith } from '../catalogue.ts';
import type { Catalogue } from '../catalogue.ts';
import { modelNamed } from '../../models/registry.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { Scenario, ScenarioInput, Soak } from '../soak/scenario.ts';
import { planSteps, usualKeep } from './churn-plans.ts';
import { faultsOf, networkFaults } from './networks.ts';
import type { DrawnNetwork } from './networks.ts';
import { planOf } from './planned-churn.ts';
import type { ChangeKind, PlanStep } from './planned-churn.ts';
import { profiles } from './profiles.ts';
import type { ProfileForNodes } from './profiles.ts';
import { isArbitrary, settledOptions } from './scenario-options.ts';
import type { ScenarioOptions, SettledOptions } from './scenario-options.ts';
import { workloads } from './workloads.ts';

/** What a scenario is made of, before it is known how many nodes there are and how long a calm is. */
interface Draw {
  readonly seed: string;
  readonly nodes: number;
  readonly config: Scenario['config'];
  readonly defects: readonly string[];
  readonly network: DrawnNetwork;
  readonly workload: Scenario['workload'];
  readonly churn: DrawnChurn;
}

type DrawnChurn =
  | { readonly kind: 'none'; readonly calms: number }
  | { readonly kind: 'profile'; readonly forNodes: ProfileForNodes }
  | {
      readonly kind: 'plan';
      readonly kinds: readonly ChangeKind[];
      readonly waves: number;
      readonly spanUs: number;
      readonly steps: readonly PlanStep[];
    };

/**
 * Scenarios of a model: nodes, network, churn and workload, by default in ranges that a mesh without a defect bears, so
 * that what breaks is a finding.
 *
 * Each draws a random subset of the network's faults, and its churn: none at all, one of the profiles, or an explicit
 * plan of a random subset of the kinds of change. The scenario's `notes` say what was picked and what was left out.
 * Scenarios shrink toward no churn, fewer nodes, fewer and weaker faults; {@link shrinkable} shrinks their plans too.
 *
 * @param model - A model, or the name of one of quicksoak's.
 * @throws {InputError} `bad-options` or `unknown-model` at once; while drawing, what a scenario that does not resolve
 * throws, such as `too-short` for a `duration` that has no room for a calm.
 */
export function scenarios(model: Model | string, options: ScenarioOptions = {}): fc.Arbitrary<Scenario> {
  const system = typeof model === 'string' ? modelNamed(model, 'scenarios') : model;
  const settled = settledOptions(system, options);
  const catalogue = typeof model === 'string' ? BUILT_IN : catalogueWith({ models: [system] }, 'scenarios');
  return draws(settled).map((draw) => scenarioOf(draw, settled, catalogue));
}

function draws(options: SettledOptions): fc.Arbitrary<Draw> {
  const { seed, config, defects } = options;
  return fc.record({
    seed: seed === undefined ? fc.noShrink(fc.noBias(fc.nat())).map(String) : fc.constant(seed),
    nodes: fc.integer(options.nodes),
    config: isArbitrary(config) ? config : fc.constant(config),
    defects: isArbitrary(defects) ? defects : fc.constant(defects),
    network: networkFaults(options.network),
    workload: workloads(options.workload),
    churn: fc.oneof({ withCrossShrink: true }, ...churns(options)),
  });
}

function churns(options: SettledOptions): fc.WeightedArbitrary<DrawnChurn>[] {
  const { churn, kinds, acts, waves, changes, spanUs } = options;
  const none = fc.integer(waves).map((calms): DrawnChurn => ({ kind: 'none', calms }));
  const plan = fc
    .record({
      kinds: fc.subarray([...kinds], { minLength: 1 }),
      waves: fc.integer(waves),
      spanUs: fc.integer(spanUs),
      steps: planSteps(changes),
    })
    .map((drawn): DrawnChurn => ({ kind: 'plan', ...drawn }));
  const rotating = acts.filter(({ switched }) => switched !== true).map(({ act }) => act);
  const profile = profiles(options.profiles, rotating, waves).map((forNodes): DrawnChurn => ({
    kind: 'profile',
    forNodes,
  }));
  const all: Readonly<Record<DrawnChurn['kind'], fc.WeightedArbitrary<DrawnChurn>>> = {
    none: { weight: 1, arbitrary: none },
    profile: { weight: 4, arbitrary: profile },
    plan: { weight: 4, arbitrary: plan },
  };
  return churn.map((kind) => all[kind]);
}

function scenarioOf(draw: Draw, options: SettledOptions, catalogue: Catalogue): Scenario {
  const { seed, nodes, config, defects, network, workload } = draw;
  const base: ScenarioInput = {
    name: `drawn-${options.model.name}`.slice(0, 100),
    model: options.model.name,
    seed,
    nodes,
    config,
    defects: [...defects],
    network,
    workload,
  };
  const { calmUs } = resolved({ ...base, profile: { name: 'none', params: { waves: 1 } } }, catalogue);
  const churned = { ...base, ...churnOf(draw, options, calmUs) };
  const lasting = withDuration(churned, options, catalogue);
  return parseScenario({ ...lasting.scenario, notes: notesOf(draw, options, lasting) }, 'drawn scenario');
}

function churnOf({ churn, nodes }: Draw, { acts }: SettledOptions, calmUs: number): Partial<ScenarioInput> {
  if (churn.kind === 'none') return { profile: { name: 'none', params: { waves: churn.calms } } };
  if (churn.kind === 'profile') {
    const { name, params } = churn.forNodes(nodes);
    return { profile: { name, params } };
  }
  const { kinds, waves, spanUs, steps } = churn;
  const fromUs = BOOTSTRAP_US + calmUs;
  const plan = planOf(steps, { nodes, keep: usualKeep(nodes), kinds, acts, waves, fromUs, spanUs, calmUs });
  return { plan, for: formatDuration(fromUs + waves * (spanUs + calmUs)) };
}

/** The scenario cut or drawn out to the time that is asked for. */
function withDuration(scenario: ScenarioInput, { duration }: SettledOptions, catalogue: Catalogue): Soak {
  const { minUs, maxUs } = duration;
  const natural = resolved(scenario, catalogue);
  if (natural.endUs >= minUs && natural.endUs <= maxUs) return natural;
  const forUs = natural.endUs < minUs ? minUs : maxUs;
  if (scenario.plan !== undefined) {
    const kept = { version: 1, actions: before(natural.plan, forUs - natural.calmUs) };
    return resolved({ ...scenario, plan: kept, for: formatDuration(forUs) }, catalogue);
  }
  // Without a number of waves, as many as there is room for.
  const params = Object.fromEntries(
    Object.entries(scenario.profile?.params ?? {}).filter(([name]) => name !== 'waves'),
  );
  const cut = (more: object): Soak =>
    resolved(
      {
        ...scenario,
        profile: { name: scenario.profile!.name, params: { ...params, ...more } },
        for: formatDuration(forUs),
      },
      catalogue,
    );
  try {
    return cut({});
  } catch (error) {
    if (!(error instanceof InputError) || error.code !== 'too-short' || !natural.plan.actions.some(departs))
      throw error;
    // A single small wave.
    return cut({ departures: 1 });
  }
}

function before({ actions }: ChurnPlan, untilUs: number): ChurnPlan['actions'] {
  return actions.filter(({ atUs }) => atUs < untilUs);
}

function resolved(scenario: ScenarioInput, catalogue: Catalogue): Soak {
  return resolveScenario(parseScenario(scenario, 'drawn scenario'), 'drawn scenario', catalogue);
}

function notesOf({ network, churn }: Draw, options: SettledOptions, { scenario }: Soak): string[] {
  const faults = faultsOf(network);
  return [
    `drawn: ${scenario.nodes} nodes of ${options.nodes.min} to ${options.nodes.max}; ${partOf('network faults', faults, options.network.faults)}`,
    `drawn: ${churnNote(churn, options)}`,
  ];
}

function churnNote(churn: DrawnChurn, options: SettledOptions): string {
  if (churn.kind === 'none') return 'no churn at all';
  if (churn.kind === 'plan') return `churn by a plan; ${partOf('kinds of change', churn.kinds, options.kinds)}`;
  return `churn by a profile, of ${options.profiles.join(', ')}`;
}

function partOf(what: string, picked: readonly string[], all: readonly string[]): string {
  const left = all.filter((name) => !picked.includes(name));
  const without = left.length === 0 ? '' : ` (without ${left.join(', ')})`;
  return `${what} ${picked.length === 0 ? 'none' : picked.join(', ')}${without}`;
}
