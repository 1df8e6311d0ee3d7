// Hosting one's own class: a declaration, and how one life of it begins and ends.
// Invariant: what is declared is checked where it is declared; the class itself is never changed.
import { HostError } from '../host-error.ts';
import { InputError } from '../../sim/errors.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Model, ModelContext } from '../../models/model.ts';
import type { Declared } from '../../models/own/declaration.ts';
import { declared } from '../../models/own/declaration.ts';
import type { ConfigOf, Declaration, DefectIdOf, DefectList, Tagged } from '../../models/own/contract.ts';
import type { Recognise } from '../residue/live-walker.ts';
import { loadOnVirtualTime } from './loading.ts';
import type { HostedPeer } from './hosted-peer.ts';
import type { HostedLife, HostedRun } from './hosted-life.ts';
import { HostedWorld } from './hosted-world.ts';
import { OwnLife } from './own-life.ts';
import type { OwnParts } from './own-life.ts';

type NoCosts = Readonly<Record<never, number>>;

/** What every hosted model declares; as for a model of one's own, but for what only those send. */
export type HostedDeclaration<Shape extends object, Defects extends DefectList, Act extends string> = Omit<
  Declaration<Tagged, Shape, Defects, Act, NoCosts>,
  'transport' | 'broadcasts' | 'costs' | 'bytes' | 'types' | 'neighbours'
> & {
  /** See {@link Recognise}. Default: peers are told by strings and bytes alone. */
  readonly recognise?: Recognise;
};

/** What {@link defineHosted} is given. */
export interface HostedDefinition<
  Target,
  Exposed extends object,
  Shape extends object,
  Defects extends DefectList,
  Act extends string,
> extends HostedDeclaration<Shape, Defects, Act> {
  /**
   * Imports the target, on virtual time, once per thread; {@link boot} is given what it gives. Default nothing: a class
   * that keeps no timers and reads no clock while its module loads may as well be imported as usual.
   */
  readonly load?: () => Promise<Target>;
  /**
   * Begins a life: makes the object, connects it to `node`, and returns what the census walks, by root name: what the
   * life may hold is all that is reachable from there. May be asynchronous, and may call {@link HostedPeer.exposes} before.
   */
  readonly boot: (
    node: HostedPeer<ConfigOf<Shape>, DefectIdOf<Defects>>,
    target: Target,
  ) => Exposed | undefined | void | Promise<Exposed | undefined | void>;
  /** Lets a life leave gracefully; it ends once what this returns has settled. A life that is killed is not asked. */
  readonly stop?: (exposed: Exposed, node: HostedPeer<ConfigOf<Shape>, DefectIdOf<Defects>>) => unknown;
  /** The names of the peers that a life counts as overlay neighbours; default no such relation. */
  readonly neighbours?: (exposed: Exposed) => Iterable<string>;
  /** What else a peer is called in the state of others, such as its address; `name` itself is known. Default nothing. */
  readonly identities?: (name: string, index: number) => Iterable<string | Uint8Array>;
}

/** A model whose nodes are real code on virtual time. */
export interface HostedModel<Config = unknown> extends Model<Config> {
  /** True; tells it from models that need no host. */
  readonly hosted: true;
}

/** True for a model that runs real code. */
export function isHosted(model: Model): model is HostedModel {
  return (model as Partial<HostedModel>).hosted === true;
}

/**
 * A model of one's own class: runs in any scenario, under any churn, judged by all properties.
 *
 * Run it by `judgeSoakAsync` (quicksoak/properties) or `quicksoak host <name> --use <module>`. Within {@link HostedDefinition.boot},
 * `stop` and all that they start, timers, promises, clocks and random draws are the node's own, on virtual time.
 *
 * @throws {InputError} `bad-model` for a declaration that cannot be, in one sentence.
 */
export function defineHosted<
  Target = undefined,
  Exposed extends object = object,
  Shape extends object = object,
  Defects extends DefectList = Readonly<Record<never, string>>,
  Act extends string = never,
>(definition: HostedDefinition<Target, Exposed, Shape, Defects, Act>): HostedModel<ConfigOf<Shape>> {
  const { load, boot, stop, neighbours, identities, recognise, ...declaration } = definition;
  const parts = declared<Shape>({ ...declaration, boot } as never, ['boot'], []);
  refuseNoFunctions(parts.name, { load, stop, neighbours, identities, recognise });
  const loading = load === undefined ? undefined : new Loading(parts.name, load);
  return hostedModel(parts, recognise, loading, () => {
    const own = { target: loading?.target, boot, stop, neighbours, identities } as unknown as OwnParts;
    return (run, peer) => new OwnLife(run, peer, own);
  });
}

/** What {@link defineHostedStack} is given. */
export interface HostedStackDefinition<
  Target,
  Shape extends object,
  Defects extends DefectList,
  Act extends string,
> extends HostedDeclaration<Shape, Defects, Act> {
  /** As for {@link HostedDefinition.load}. */
  readonly load?: () => Promise<Target>;
  /**
   * Sets one run up, and returns what makes the node of a new life. What the adapter keeps for the run, such as the
   * connections between its nodes, it makes here; nothing at module level may outlive a run.
   */
  readonly population: (
    run: HostedRun<ConfigOf<Shape>, DefectIdOf<Defects>>,
    target: Target,
  ) => (peer: PeerId) => HostedLife<ConfigOf<Shape>, DefectIdOf<Defects>>;
}

/**
 * A hosted model with a transport of its own: for adapters, whose nodes derive from {@link HostedLife}.
 *
 * @throws {InputError} `bad-model` for a declaration that cannot be, in one sentence.
 */
export function defineHostedStack<
  Target = undefined,
  Shape extends object = object,
  Defects extends DefectList = Readonly<Record<never, string>>,
  Act extends string = never,
>(definition: HostedStackDefinition<Target, Shape, Defects, Act>): HostedModel<ConfigOf<Shape>> {
  const { load, population, recognise, ...declaration } = definition;
  const parts = declared<Shape>({ ...declaration, population } as never, ['population'], []);
  refuseNoFunctions(parts.name, { load, recognise });
  const loading = load === undefined ? undefined : new Loading(parts.name, load);
  return hostedModel(parts, recognise, loading, () => {
    let make: ((peer: PeerId) => HostedLife) | undefined;
    return (run, peer) => {
      make ??= population(run, loading?.target as Target) as never;
      return make(peer);
    };
  });
}

function hostedModel<Config>(
  parts: Declared<Config>,
  recognise: Recognise | undefined,
  loading: Loading<unknown> | undefined,
  populate: () => (run: HostedRun<Config>, peer: PeerId) => HostedLife,
): HostedModel<Config> {
  const defectIds = parts.defects.map(({ id }) => id);
  return {
    ...parts,
    hosted: true,
    ...(loading === undefined ? {} : { load: () => loading.once() }),
    build: (context: ModelContext<Config>) => {
      loading?.mustBeDone();
      const makeLife = populate() as (run: HostedRun<Config>, peer: PeerId) => HostedLife<Config>;
      return new HostedWorld<Config>({ makeLife, recognise, defectIds }, context);
    },
  };
}

/** A target that is imported once per thread. */
class Loading<Target> {
  private readonly model: string;
  private readonly load: () => Promise<Target>;
  private loading: Promise<Target> | undefined = undefined;
  private isDone = false;
  target: Target | undefined = undefined;

  constructor(model: string, load: () => Promise<Target>) {
    this.model = model;
    this.load = load;
  }

  async once(): Promise<void> {
    this.loading ??= loadOnVirtualTime(this.load, `the import of the target of ${this.model}`);
    this.target = await this.loading;
    this.isDone = true;
  }

  mustBeDone(): void {
    if (this.isDone) return;
    const message = `model ${JSON.stringify(this.model)}: its target is not imported, expected \`await model.load()\` before, or judgeSoakAsync`;
    throw new HostError('not-loaded', message, { model: this.model });
  }
}

function refuseNoFunctions(model: string, fields: Readonly<Record<string, unknown>>): void {
  for (const [field, given] of Object.entries(fields)) {
    if (given === undefined || typeof given === 'function') continue;
    const message = `model ${JSON.stringify(model)}: ${field}: received ${typeof given}, expected a function`;
    throw new InputError('bad-model', message, { field });
  }
}
