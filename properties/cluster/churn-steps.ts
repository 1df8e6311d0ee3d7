// A churn plan as steps of a script: each with its time, the calls that carry it out, and what no call can.
// Invariant: every action of the plan is a step; one that cannot be expressed, or only nearly, says so and why.
import type { ChurnAction, ChurnPlan } from '../../sim/churn/plan.ts';
import type { ClusterMapping, MappedNode } from './mapping.ts';
import { pairCommand } from './mapping.ts';
import { quoted, wordOf } from './words.ts';

/** A step. */
export interface ChurnStep {
  /** Virtual time in microseconds. */
  readonly atUs: number;
  /** Calls of the script's functions, a line each. */
  readonly calls: readonly string[];
  /** What it is, for a comment. */
  readonly about: string;
  /** Why it is not carried out, or how it differs; undefined for one that is carried out as it is. */
  readonly lack: Lack | undefined;
}

/** What a step lacks. */
export interface Lack {
  readonly kind: string;
  /** False for one that is carried out nearly. */
  readonly isMissing: boolean;
  readonly why: string;
}

/** A function of the script: a cut of the network, and what takes it back. */
export interface CutFunction {
  readonly number: number;
  readonly cut: readonly string[];
  readonly mend: readonly string[];
  readonly name: string;
  readonly peers: readonly number[];
}

/** Steps, and the functions that they call. */
export interface ChurnSteps {
  /** In the order of time. */
  readonly steps: readonly ChurnStep[];
  readonly cuts: readonly CutFunction[];
}

/**
 * The steps of a plan.
 *
 * @param nodes - By peer; every peer of the plan, and those that start with it.
 * @param where - Of the mapping, for errors.
 */
export function churnSteps(
  plan: ChurnPlan,
  mapping: ClusterMapping,
  nodes: ReadonlyMap<number, MappedNode>,
  where: string,
): ChurnSteps {
  const writer = new StepWriter(mapping, nodes, where);
  plan.actions.forEach((action, place) => writer.write(action, place + 1));
  return { steps: writer.steps.toSorted((a, b) => a.atUs - b.atUs), cuts: writer.cuts };
}

/** Every peer that a plan names. */
export function peersOf({ actions }: ChurnPlan): number[] {
  return actions.flatMap((action): readonly number[] => {
    switch (action.kind) {
      case 'partition':
        return action.groups.flat();
      case 'heal':
        return [];
      case 'hold':
      case 'release':
        return [action.from, action.to];
      case 'respawn':
        return [action.peer, action.fresh];
      default:
        return [action.peer];
    }
  });
}

class StepWriter {
  readonly steps: ChurnStep[] = [];
  readonly cuts: CutFunction[] = [];
  private readonly mapping: ClusterMapping;
  private readonly nodes: ReadonlyMap<number, MappedNode>;
  private readonly where: string;
  /** Cuts in force, by what made them. What makes one twice is inert in a run as well. */
  private readonly inForce = new Map<string, CutFunction | 'paused' | 'missing'>();

  constructor(mapping: ClusterMapping, nodes: ReadonlyMap<number, MappedNode>, where: string) {
    this.mapping = mapping;
    this.nodes = nodes;
    this.where = where;
  }

  /** @param id - Tells returns of different restarts apart. */
  write(action: ChurnAction, id: number): void {
    switch (action.kind) {
      case 'start':
        return this.add(action, [`begin_peer ${action.peer}`]);
      case 'rejoin':
        return this.add(action, [`rejoin_peer ${action.peer}`]);
      case 'kill':
        return this.add(action, [`kill_peer ${action.peer}`]);
      case 'stop':
        return this.add(action, [`stop_peer ${action.peer}`]);
      case 'restart': {
        const how = action.graceful === true ? 'stop' : 'kill';
        this.add(action, [`restart_peer ${action.peer} ${how} ${id}`]);
        const back = action.atUs + action.downUs;
        this.steps.push({
          atUs: back,
          calls: [`return_peer ${action.peer} ${id}`],
          about: `p${action.peer} is back`,
          lack: undefined,
        });
        return;
      }
      case 'respawn': {
        this.add(action, [`respawn_peer ${action.peer} ${action.fresh} ${id}`]);
        const back = action.atUs + (action.downUs ?? 0);
        this.steps.push({
          atUs: back,
          calls: [`return_peer ${action.fresh} ${id}`],
          about: `p${action.fresh} takes its place`,
          lack: undefined,
        });
        return;
      }
      case 'act':
        return this.act(action);
      default:
        return this.fault(action);
    }
  }

  private add(action: ChurnAction, calls: readonly string[], lack?: Lack): void {
    const { atUs, ...rest } = action;
    const about = JSON.stringify(rest);
    const said =
      lack === undefined
        ? []
        : [`say ${quoted(`${lack.isMissing ? 'not carried out' : 'nearly'}: ${about}: ${lack.why}`)}`];
    this.steps.push({ atUs, calls: [...said, ...calls], about, lack });
  }

  private act(action: Extract<ChurnAction, { kind: 'act' }>): void {
    const template = Object.hasOwn(this.mapping.acts, action.act) ? this.mapping.acts[action.act] : undefined;
    const node = this.nodes.get(action.peer)!;
    if (template === undefined) {
      const why = `the mapping has no command in acts[${JSON.stringify(action.act)}]`;
      return this.add(action, [], { kind: `act ${action.act}`, isMissing: true, why });
    }
    const args = Object.entries(action.args ?? {}).map(([name, value]) => [`args.${name}`, String(value)]);
    const texts = { ...node.values.texts, ...(Object.fromEntries(args) as Record<string, string>) };
    const place = `${this.where}: acts[${JSON.stringify(action.act)}]`;
    const words = template.map((word, at) => wordOf(word, { texts, variables: { pid: 'pid' } }, `${place}[${at}]`));
    // The words may name the process's number, which is only known once the peer is looked up.
    this.add(action, [
      `if is_up ${action.peer}; then act ${quoted(JSON.stringify(action.act))} ${words.join(' ')}; fi`,
    ]);
  }

  private fault(
    action: Extract<ChurnAction, { kind: 'partition' | 'heal' | 'hold' | 'release' | 'black-hole' }>,
  ): void {
    switch (action.kind) {
      case 'partition':
        return this.partition(action);
      case 'heal':
        return this.heal(action);
      case 'hold':
        return this.begin(action, `hold ${action.from} ${action.to}`, 'hold', [[action.from, action.to]], action.from);
      case 'release':
        return this.end(action, [`hold ${action.from} ${action.to}`]);
      case 'black-hole': {
        const name = `black-hole ${action.peer}`;
        if (!action.on) return this.end(action, [name]);
        const others = [...this.nodes.keys()].filter((index) => index !== action.peer);
        const pairs = others.flatMap((index): [number, number][] => [
          [index, action.peer],
          [action.peer, index],
        ]);
        return this.begin(action, name, 'black-hole', pairs, action.peer);
      }
    }
  }

  private partition(action: Extract<ChurnAction, { kind: 'partition' }>): void {
    const name = `partition ${action.name ?? ''}`;
    const groupOf = new Map(action.groups.flatMap((group, place) => group.map((index) => [index, place] as const)));
    const all = [...this.nodes.keys()];
    const pairs = all.flatMap((from) =>
      all.flatMap((to): [number, number][] => {
        const [one, other] = [groupOf.get(from) ?? 0, groupOf.get(to) ?? 0];
        const isCut = action.oneWay === true ? one > other : one !== other;
        return isCut ? [[from, to]] : [];
      }),
    );
    // One of the same name takes the place of the one before.
    const before = this.inForce.get(name);
    const calls = typeof before === 'object' ? [`mend ${before.number}`] : [];
    this.inForce.delete(name);
    this.begin(action, name, 'partition', pairs, undefined, calls);
  }

  private heal(action: Extract<ChurnAction, { kind: 'heal' }>): void {
    const names = [...this.inForce.keys()].filter((name) =>
      action.name === undefined ? name.startsWith('partition ') : name === `partition ${action.name}`,
    );
    this.end(action, names);
  }

  /** @param paused - The peer whose pause may stand for it; undefined for none. */
  private begin(
    action: ChurnAction,
    name: string,
    kind: 'partition' | 'hold' | 'black-hole',
    pairs: readonly [number, number][],
    paused: number | undefined,
    before: readonly string[] = [],
  ): void {
    if (this.inForce.has(name)) return this.add(action, [`say ${quoted(`inert: ${name} is in force`)}`]);
    const { network, pause } = this.mapping;
    const [there, back] =
      kind === 'hold' ? ([network.hold, network.release] as const) : ([network.cut, network.mend] as const);
    const keys = kind === 'hold' ? (['hold', 'release'] as const) : (['cut', 'mend'] as const);
    if (there !== undefined && back !== undefined) {
      const words = (template: readonly string[], key: string): string[] =>
        pairs.map(([from, to]) =>
          pairCommand(template, this.nodes.get(from)!, this.nodes.get(to)!, `${this.where}: network.${key}`),
        );
      const number = this.cuts.length + 1;
      const peers = [...new Set(pairs.flat())].toSorted((a, b) => a - b);
      const cut: CutFunction = { number, cut: words(there, keys[0]), mend: words(back, keys[1]), name, peers };
      this.cuts.push(cut);
      this.inForce.set(name, cut);
      return this.add(action, [...before, `cut ${number}`]);
    }
    if (paused !== undefined && kind !== 'partition' && pause.includes(kind)) {
      this.inForce.set(name, 'paused');
      const why =
        kind === 'hold'
          ? `p${paused} is paused, which keeps back all that it sends and does, not this alone`
          : `p${paused} is paused: it stands still, and what is sent to it waits instead of vanishing`;
      return this.add(action, [...before, `pause_peer ${paused}`], { kind, isMissing: false, why });
    }
    this.inForce.set(name, 'missing');
    const why = `the mapping has no network.${keys[0]} and network.${keys[1]}`;
    this.add(action, before, { kind, isMissing: true, why });
  }

  private end(action: ChurnAction, names: readonly string[]): void {
    const ended = names.filter((name) => this.inForce.has(name));
    const isMissing = ended.some((name) => this.inForce.get(name) === 'missing');
    const calls = ended.flatMap((name) => {
      const what = this.inForce.get(name)!;
      this.inForce.delete(name);
      if (what === 'missing') return [];
      return what === 'paused' ? [`resume_peer ${name.split(' ')[1]}`] : [`mend ${what.number}`];
    });
    const lack = { kind: action.kind, isMissing, why: 'what it ends was not carried out' };
    if (isMissing) this.add(action, calls, lack);
    else this.add(action, calls.length === 0 ? ["say 'inert: nothing of the kind is in force'"] : calls);
  }
}
