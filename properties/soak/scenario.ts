// Scenarios: validated JSON that says all there is to a run, and the soak that one resolves to.
// Invariant: resolving is a pure function; the same scenario gives the same plan, calms and configuration anywhere.
import * as v from 'valibot';
import { counted } from '../../sim/counted.ts';
import { calmLengthUs, calmsOf } from '../../sim/churn/calms.ts';
import type { Calm } from '../../sim/churn/calms.ts';
import { parsePlan, planEndUs } from '../../sim/churn/plan.ts';
import type { ChurnPlan } from '../../sim/churn/plan.ts';
import { BOOTSTRAP_US } from '../../sim/churn/profile.ts';
import type { ResolvedProfile } from '../../sim/churn/profile.ts';
import { churnProfile } from '../../sim/churn/profiles.ts';
import { overriddenCosts } from '../../sim/cost/table.ts';
import type { CostTable } from '../../sim/cost/table.ts';
import { formatDuration, parseDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import { integerBetween, numberBetween, parseInput, unknownName } from '../../sim/input.ts';
import { networkConfigSchema } from '../../sim/network/config.ts';
import type { NetworkConfig } from '../../sim/network/config.ts';
import { describeLatency, longestLatencyUs } from '../../sim/network/latency.ts';
import { RandomStreams } from '../../sim/random/stream.ts';
import type { Model } from '../../models/model.ts';
import { modelNamed } from '../../models/registry.ts';
import { BUILT_IN } from '../catalogue.ts';
import type { Catalogue } from '../catalogue.ts';
import { propertyNamed } from '../judges/index.ts';
import type { Property } from '../property.ts';
import { MEMBERSHIP_CASES } from '../corpus/membership.ts';
import { STACK_CASES } from '../corpus/stack.ts';
import type { CorpusCase } from '../corpus/membership.ts';
import { INCIDENT_SCENARIOS } from '../incidents/index.ts';
import { LONG_SCENARIOS } from './long.ts';

/** Most nodes of a soak; the bench runs larger worlds without judging them. */
export const MOST_NODES = 100_000;

/** An object whose keys are for others to judge; a list is none. */
const byName = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object',
);

/** Validates a {@link Scenario}. Every field has a default but `plan` and `for`, which exclude nothing when absent. */
export const scenarioSchema = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(100)), 'swarm'),
  model: v.optional(v.string(), 'swarm'),
  seed: v.optional(v.pipe(v.string(), v.maxLength(1000)), '0'),
  nodes: v.optional(integerBetween(2, MOST_NODES), 20),
  /** A duration such as `30m`; default: as long as the profile's waves, or the plan, need. */
  for: v.optional(v.string()),
  config: v.optional(byName, {}),
  defects: v.optional(v.pipe(v.array(v.string()), v.maxLength(100)), []),
  network: v.optional(networkConfigSchema, {}),
  profile: v.optional(v.strictObject({ name: v.string(), params: v.optional(byName, {}) }), {
    name: 'kill-respawn',
  }),
  /** An explicit plan; it takes the place of the profile. */
  plan: v.optional(v.unknown()),
  /** How many of the first peers a starting node may ask to let it in; default up to three. */
  contacts: v.optional(integerBetween(1, 1000)),
  /** Time between the starts of two initial nodes, in microseconds. */
  startIntervalUs: v.optional(integerBetween(0, 10_000_000), 10_000),
  workload: v.optional(
    v.strictObject({
      /** Broadcasts per virtual second over the whole mesh, from 0 to 10,000 (included). */
      broadcastsPerSecond: v.optional(numberBetween(0, 10_000), 2),
      payloadBytes: v.optional(integerBetween(0, 1_000_000), 100),
    }),
    {},
  ),
  /** Microseconds of CPU by frame, in place of those of the model's cost table. */
  costs: v.optional(byName, {}),
  /** Names of the properties to judge by; default all. */
  properties: v.optional(v.array(v.string())),
  /** What its author wants a reader of the header to know, a line each; without effect on the run. */
  notes: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(1000))), v.maxLength(20))),
});

/** A scenario with its defaults filled in: plain JSON, safe to save. */
export type Scenario = v.InferOutput<typeof scenarioSchema>;

/** A scenario as a person writes it: anything may be left out. */
export type ScenarioInput = v.InferInput<typeof scenarioSchema>;

/** A scenario ready to run. */
export interface Soak {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly nodes: number;
  readonly model: Model;
  /** What to judge by, in the order of the verdict table. */
  readonly properties: readonly Property[];
  readonly config: unknown;
  readonly defects: readonly string[];
  readonly network: NetworkConfig;
  readonly plan: ChurnPlan;
  readonly calms: readonly Calm[];
  readonly calmUs: number;
  readonly endUs: number;
  readonly contacts: readonly number[];
  readonly startIntervalUs: number;
  readonly workload: Scenario['workload'];
  /** The model's cost table with the scenario's overrides; undefined when the model charges no CPU time. */
  readonly costs: CostTable | undefined;
  /** Every drawn and settled parameter, a line each. */
  readonly header: readonly string[];
}

/** A scenario that can be asked for by name. */
export interface NamedScenario {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly scenario: ScenarioInput;
}

/** Scenarios that were loaded together. */
export interface ScenarioList {
  /** The place they are from, such as a file; names them in an error. */
  readonly where: string;
  readonly scenarios: readonly NamedScenario[];
}

/**
 * All scenarios of several lists, in order.
 *
 * @throws {InputError} `duplicate-scenario` for two of one name, with the places of both.
 */
export function uniqueScenarios(lists: readonly ScenarioList[]): NamedScenario[] {
  const places = new Map<string, string>();
  for (const { where, scenarios } of lists) {
    for (const { name } of scenarios) {
      const first = places.get(name);
      if (first !== undefined) throw duplicate(name, first, where);
      places.set(name, where);
    }
  }
  return lists.flatMap(({ scenarios }) => scenarios);
}

function duplicate(name: string, first: string, second: string): InputError {
  const places = first === second ? `twice in ${first}` : `in ${first} and in ${second}`;
  const message = `received two scenarios of the name ${JSON.stringify(name)}, ${places}, expected each name once`;
  return new InputError('duplicate-scenario', message, { name, places: [first, second] });
}

/** The scenarios that come with quicksoak, by the list they are from. */
export const SCENARIO_LISTS: readonly ScenarioList[] = [
  {
    where: 'the models',
    scenarios: [
      {
        name: 'swarm',
        summary: 'HyParView and Plumtree over abstract links, killed and respawned',
        scenario: { name: 'swarm', model: 'swarm' },
      },
      {
        name: 'mesh',
        summary: 'the whole stack: application, gossip actor, connections and telemetry in tasks, killed and respawned',
        scenario: { name: 'mesh', model: 'mesh', workload: { broadcastsPerSecond: 0.5 } },
      },
      {
        name: 'hub',
        summary: 'every node on one controller, killed and respawned',
        scenario: { name: 'hub', model: 'hub', workload: { broadcastsPerSecond: 0.5 } },
      },
      {
        name: 'tls-proxy',
        summary: 'proxies that accept TLS connections from one another, killed and respawned',
        scenario: { name: 'tls-proxy', model: 'tls-proxy', nodes: 10 },
      },
    ],
  },
  { where: 'the corpus of membership and broadcast', scenarios: MEMBERSHIP_CASES.map(scenarioOfCase) },
  { where: 'the corpus of the stack', scenarios: STACK_CASES.map(scenarioOfCase) },
  { where: 'the incidents', scenarios: INCIDENT_SCENARIOS },
  { where: 'the long soaks', scenarios: LONG_SCENARIOS },
];

/** The scenarios that can be named. */
export const SCENARIOS: readonly NamedScenario[] = uniqueScenarios(SCENARIO_LISTS);

/** The scenario that brings out the defect of a case, under the defect's name. */
function scenarioOfCase({ defect, also = [], trigger, scenario }: CorpusCase): NamedScenario {
  return {
    name: defect,
    summary: `the defect of that name, brought out by its trigger: ${trigger}`,
    scenario: { ...scenario, name: defect, defects: [defect, ...also] },
  };
}

/**
 * The scenario of that name.
 *
 * @throws {InputError} `unknown-scenario` with the known names and the nearest.
 */
export function scenarioNamed(name: string): ScenarioInput {
  const found = SCENARIOS.find((candidate) => candidate.name === name);
  if (found === undefined)
    throw unknownName(
      'scenario',
      name,
      SCENARIOS.map((candidate) => candidate.name),
    );
  return found.scenario;
}

/**
 * Validates a scenario and fills in its defaults.
 *
 * @param where - The place it came from; opens an error's message.
 * @throws {InputError} `bad-scenario`.
 */
export function parseScenario(value: unknown, where: string): Scenario {
  return parseInput(scenarioSchema, value, where, 'bad-scenario');
}

/**
 * Resolves a scenario: checks every name in it, draws its plan, and places its calms.
 *
 * @param where - The place it came from; opens an error's message.
 * @param catalogue - The models and properties that it may name; default those of quicksoak.
 * @throws {InputError} With the place of what does not fit.
 */
export function resolveScenario(scenario: Scenario, where = 'scenario', catalogue: Catalogue = BUILT_IN): Soak {
  const model = modelNamed(scenario.model, where, catalogue.models);
  const known = model.defects.map(({ id }) => id);
  for (const defect of scenario.defects) if (!known.includes(defect)) throw unknownName('defect', defect, known, where);
  const config = parseInput(model.configSchema, scenario.config, `${where}: config`, 'bad-scenario');
  const { network, nodes, seed } = scenario;
  const contradiction = model.contradiction?.(config, network, nodes);
  if (contradiction !== undefined) {
    throw new InputError('bad-scenario', `${where}: config: ${contradiction}`, { where });
  }
  // Rounded up to whole seconds, so that times in headers and evidence can be read.
  const leastCalmUs = calmLengthUs({
    longestTimerUs: model.longestTimerUs(config),
    longestRetentionUs: model.longestRetentionUs(config),
    connectTimeoutUs: network.connectTimeoutUs + network.idleTimeoutUs,
    maxLatencyUs: longestLatencyUs(network.latency) + network.jitterUs,
  });
  const calmUs = Math.ceil(leastCalmUs / 1_000_000) * 1_000_000;
  const forUs = scenario.for === undefined ? undefined : parseDuration(scenario.for, `${where}: for`);
  const churn =
    scenario.plan === undefined
      ? drawnChurn(scenario, calmUs, forUs, where)
      : givenChurn(scenario, calmUs, forUs, where);
  for (const action of churn.plan.actions) {
    if (action.kind === 'act' && !model.acts.includes(action.act)) {
      throw unknownName('act', action.act, model.acts, `${where}: plan`);
    }
  }
  const contactCount = Math.min(nodes, scenario.contacts ?? Math.min(3, Math.ceil(nodes / 4)));
  return {
    scenario,
    seed,
    nodes,
    model,
    properties:
      scenario.properties?.map((name) => propertyNamed(name, `${where}: properties`, catalogue.properties)) ??
      catalogue.properties,
    config,
    defects: scenario.defects,
    network,
    plan: churn.plan,
    calms: calmsOf(churn.plan, {
      calmUs,
      startUs: Math.min(BOOTSTRAP_US, churn.endUs),
      endUs: churn.endUs,
      everyUs: churn.everyUs,
    }),
    calmUs,
    endUs: churn.endUs,
    contacts: Array.from({ length: contactCount }, (_, index) => index),
    startIntervalUs: scenario.startIntervalUs,
    workload: scenario.workload,
    costs: costsOf(model, scenario.costs, `${where}: costs`),
    header: headerOf(scenario, churn, calmUs, contactCount),
  };
}

/**
 * The cost table of a run; undefined when the model charges no CPU time.
 *
 * @param overrides - Microseconds by frame, from outside.
 * @throws {InputError} `bad-costs` for an override that the table does not have or cannot take.
 */
export function costsOf(model: Model, overrides: Scenario['costs'], where: string): CostTable | undefined {
  if (model.costs !== undefined) return overriddenCosts(model.costs, overrides, where);
  const [frame] = Object.keys(overrides);
  if (frame === undefined) return undefined;
  const message = `${where}: received a cost of ${JSON.stringify(frame)}, expected none, as model ${model.name} charges no CPU time`;
  throw new InputError('bad-costs', message, { frame, model: model.name });
}

interface Churn {
  readonly plan: ChurnPlan;
  readonly endUs: number;
  /** Longest stretch that is measured as one calm. */
  readonly everyUs: number;
  readonly lines: readonly string[];
}

function drawnChurn(scenario: Scenario, calmUs: number, forUs: number | undefined, where: string): Churn {
  const { name, params } = scenario.profile;
  const profile = churnProfile(name, `${where}: profile`);
  const asked = { ...params, nodes: scenario.nodes, calmUs, ...(forUs === undefined ? {} : { forUs }) };
  const resolved: ResolvedProfile = profile.resolve(asked, `${where}: profile ${name}`);
  const plan = resolved.draw(new RandomStreams(scenario.seed).stream('churn'));
  return { plan, endUs: Math.max(resolved.endUs, forUs ?? 0), everyUs: calmUs, lines: resolved.describe() };
}

function givenChurn(scenario: Scenario, calmUs: number, forUs: number | undefined, where: string): Churn {
  const plan = parsePlan(scenario.plan, `${where}: plan`);
  const least = planEndUs(plan, 0);
  if (forUs !== undefined && forUs < least) {
    const expected = `the plan's last action ends at ${formatDuration(least)}`;
    throw new InputError('too-short', `${where}: for: received ${formatDuration(forUs)}, expected more: ${expected}`);
  }
  const endUs = forUs ?? Math.max(planEndUs(plan, calmUs), BOOTSTRAP_US + calmUs);
  return {
    plan,
    endUs,
    everyUs: calmUs,
    lines: [`plan of ${counted(plan.actions.length, 'action')}, over at ${formatDuration(endUs)}`],
  };
}

function headerOf(scenario: Scenario, churn: Churn, calmUs: number, contactCount: number): string[] {
  const { network, workload, config, costs, defects } = scenario;
  const faults = Object.entries(network)
    .filter(([key, value]) => key !== 'latency' && value !== 0 && value !== null)
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return [
    `scenario ${scenario.name}, model ${scenario.model}, ${counted(scenario.nodes, 'node')}, seed ${JSON.stringify(scenario.seed)}`,
    ...churn.lines,
    `bootstrap: a node each ${formatDuration(scenario.startIntervalUs)}; it joins through ${contactCount === 1 ? 'p0' : `p0 to p${contactCount - 1}`}`,
    `network: latency ${describeLatency(network.latency)}; ${faults.join(', ')}`,
    `workload: ${workload.broadcastsPerSecond} broadcasts per second of ${workload.payloadBytes} bytes`,
    `calm ${formatDuration(calmUs)}; config ${Object.keys(config).length === 0 ? 'default' : JSON.stringify(config)}`,
    ...(Object.keys(costs).length === 0 ? [] : [`costs in microseconds: ${JSON.stringify(costs)}`]),
    `defects: ${defects.length === 0 ? 'none' : defects.join(', ')}`,
    ...(scenario.notes ?? []),
  ];
}
