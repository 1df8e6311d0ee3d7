// The mapping of simulated peers to real processes: how each is started, stopped, killed and paused, and where it logs.
// Invariant: a mapping that left this file names a command for every peer asked for, and no placeholder without a value.
import * as v from 'valibot';
import { InputError } from '../../sim/errors.ts';
import { integerBetween, numberBetween, parseInput } from '../../sim/input.ts';
import { filledIn, wordOf } from './words.ts';
import type { Values } from './words.ts';

const MOST_WORDS = 1000;

const text = v.pipe(
  v.string('a text'),
  v.maxLength(100_000, 'a text of at most 100,000 characters'),
  v.check((value) => !value.includes('\0'), 'a text without zero bytes'),
);
const path = v.pipe(text, v.minLength(1, 'a path that is not empty'));
const command = v.pipe(
  v.array(text, 'a list of words, the program first'),
  v.minLength(1, 'a list of words, the program first'),
  v.maxLength(MOST_WORDS, `at most ${MOST_WORDS} words`),
);
const variableName = v.pipe(v.string(), v.regex(/^[A-Za-z_]\w*$/, 'a name of letters, digits and "_"'));

const nodeEntries = {
  /** The process itself, in the foreground: what a wrapper starts behind itself would outlive it. */
  command: v.exactOptional(command),
  /** Where it runs; default where the script does. */
  cwd: v.exactOptional(path),
  env: v.exactOptional(v.record(variableName, text)),
  /** Where its standard output and standard error are added. */
  log: v.exactOptional(path),
  /** Where the script writes the process's number while it runs. */
  pidFile: v.exactOptional(path),
  /** What it is called in the event log. */
  identity: v.exactOptional(text),
  /** Further placeholders of one's own. */
  vars: v.exactOptional(v.record(variableName, text)),
  /** In place of the signals TERM, KILL, STOP and CONT. */
  stop: v.exactOptional(command),
  kill: v.exactOptional(command),
  pause: v.exactOptional(command),
  resume: v.exactOptional(command),
};
const nodeSchema = v.strictObject(nodeEntries);

const mappingSchema = v.strictObject({
  version: v.literal(1, '1, the version of mappings that this quicksoak reads'),
  /** Real seconds that a virtual second takes. */
  timeScale: v.optional(numberBetween(0.0001, 1000), 1),
  /** Where logs, process numbers and events go; made if it is missing. */
  directory: v.optional(path, 'cluster-run'),
  /** The script's own event log, for `quicksoak check`. */
  events: v.optional(path, '{{directory}}/churn.jsonl'),
  /** How long a process has to stop at the end of the script before it is killed. */
  graceSeconds: v.optional(integerBetween(0, 3600), 5),
  /** What all peers have in common. */
  node: v.optional(nodeSchema, {}),
  /** What some have of their own, by peer. */
  nodes: v.optional(v.record(v.pipe(v.string(), v.regex(/^p(0|[1-9]\d{0,7})$/, 'a peer such as p3')), nodeSchema), {}),
  /** Run for each ordered pair of peers, with `from.` and `to.` before their placeholders. */
  network: v.optional(
    v.strictObject({
      cut: v.exactOptional(command),
      mend: v.exactOptional(command),
      hold: v.exactOptional(command),
      release: v.exactOptional(command),
    }),
    {},
  ),
  /** The model's acts, by name. */
  acts: v.optional(v.record(v.string(), command), {}),
  /** Faults that pausing a process stands for when there is no command for them. */
  pause: v.optional(v.array(v.picklist(['hold', 'black-hole'])), ['hold', 'black-hole']),
});

/** A mapping with its defaults. */
export type ClusterMapping = v.InferOutput<typeof mappingSchema>;

/** Names of the commands that act on a running process. */
export const PROCESS_COMMANDS = ['kill', 'stop', 'pause', 'resume'] as const;

/** One of {@link PROCESS_COMMANDS}. */
export type ProcessCommand = (typeof PROCESS_COMMANDS)[number];

/** A peer as a process; commands are words of the shell. */
export interface MappedNode {
  readonly index: number;
  readonly identity: string;
  readonly log: string;
  readonly pidFile: string;
  /** The whole command, with its folder and environment. */
  readonly launch: string;
  /** Those that take the place of signals. */
  readonly commands: ReadonlyMap<ProcessCommand, string>;
  readonly values: Values;
}

/**
 * Validates a mapping.
 *
 * @throws {InputError} `bad-mapping`.
 */
export function parseClusterMapping(value: unknown, where: string): ClusterMapping {
  const mapping = parseInput(mappingSchema, value, where, 'bad-mapping');
  for (const [one, other] of [
    ['cut', 'mend'],
    ['hold', 'release'],
  ] as const) {
    if ((mapping.network[one] === undefined) === (mapping.network[other] === undefined)) continue;
    const message = `${where}: network: received only one of ${one} and ${other}, expected both, as what one does the other takes back`;
    throw new InputError('bad-mapping', message, { where });
  }
  return mapping;
}

/**
 * A peer as the mapping has it.
 *
 * @throws {InputError} `bad-mapping` for a peer without a command, `bad-placeholder`.
 */
export function mappedNode(mapping: ClusterMapping, index: number, where: string): MappedNode {
  const peer = `p${index}`;
  const own = mapping.nodes[peer];
  const node = { ...mapping.node, ...own };
  const placeOf = (key: keyof typeof nodeEntries): string =>
    `${where}: ${own?.[key] === undefined ? 'node' : `nodes.${peer}`}.${key}`;
  const base = { peer, index: String(index), directory: mapping.directory };
  const vars = { ...mapping.node.vars, ...own?.vars };
  const texts: Record<string, string> = { ...base };
  for (const [name, template] of Object.entries(vars))
    texts[name] = filledIn(template, { texts }, `${placeOf('vars')}.${name}`);
  const values: Values = { texts };
  const live: Values = { texts, variables: { pid: 'pid' } };
  if (node.command === undefined) {
    const message = `${where}: received no command for ${peer}, expected one in "node" or in "nodes.${peer}"`;
    throw new InputError('bad-mapping', message, { peer });
  }
  const fill = (key: 'log' | 'pidFile' | 'identity', usual: string): string =>
    filledIn(node[key] ?? usual, values, placeOf(key));
  const words = (list: readonly string[], key: keyof typeof nodeEntries, with_: Values): string =>
    list.map((word, place) => wordOf(word, with_, `${placeOf(key)}[${place}]`)).join(' ');
  const env = Object.entries(node.env ?? {}).map(
    ([name, value]) => `${name}=${wordOf(value, values, `${placeOf('env')}.${name}`)}`,
  );
  const folder = node.cwd === undefined ? '' : `cd ${wordOf(node.cwd, values, placeOf('cwd'))} && `;
  const environment = env.length === 0 ? '' : `env ${env.join(' ')} `;
  return {
    index,
    identity: fill('identity', '{{peer}}'),
    log: fill('log', '{{directory}}/{{peer}}.log'),
    pidFile: fill('pidFile', '{{directory}}/{{peer}}.pid'),
    launch: `${folder}exec ${environment}${words(node.command, 'command', values)}`,
    commands: new Map(
      PROCESS_COMMANDS.flatMap((key) => {
        const list = node[key];
        return list === undefined ? [] : [[key, words(list, key, live)] as const];
      }),
    ),
    values,
  };
}

/**
 * A command of the network for an ordered pair.
 *
 * @throws {InputError} `bad-placeholder`.
 */
export function pairCommand(template: readonly string[], from: MappedNode, to: MappedNode, where: string): string {
  const texts = { ...prefixed('from', from), ...prefixed('to', to) };
  return template.map((word, place) => wordOf(word, { texts }, `${where}[${place}]`)).join(' ');
}

function prefixed(prefix: string, { values }: MappedNode): Record<string, string> {
  return Object.fromEntries(Object.entries(values.texts).map(([name, value]) => [`${prefix}.${name}`, value]));
}
