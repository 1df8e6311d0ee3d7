// A churn plan as a POSIX shell script that does to real processes what the plan does to simulated peers.
// Invariant: the script stops all that it started, however it ends but by KILL; nothing of the plan is left out in silence.
import { formatDuration } from '../../sim/duration.ts';
import { boundsOf } from '../soak/bounds.ts';
import type { Soak } from '../soak/scenario.ts';
import { churnSteps, peersOf } from './churn-steps.ts';
import type { ChurnStep, CutFunction, Lack } from './churn-steps.ts';
import { mappedNode } from './mapping.ts';
import type { ClusterMapping, MappedNode } from './mapping.ts';
import { SCRIPT_ENDING, SCRIPT_FUNCTIONS } from './script-functions.ts';
import { commented, filledIn, quoted } from './words.ts';

/** A script, and what it lacks. */
export interface ClusterScript {
  readonly text: string;
  readonly processes: number;
  readonly steps: number;
  /** How long it takes, in microseconds of real time. */
  readonly lengthUs: number;
  readonly lacks: readonly CountedLack[];
}

/** What several steps lack. */
export interface CountedLack extends Lack {
  readonly count: number;
}

/**
 * The script of a soak's churn.
 *
 * @param where - Of the mapping, for errors.
 * @param writer - Named in the script's head.
 * @throws {InputError} `bad-mapping` or `bad-placeholder` for a peer that the mapping does not tell how to run.
 */
export function clusterScript(soak: Soak, mapping: ClusterMapping, where: string, writer: string): ClusterScript {
  const initial = Array.from({ length: soak.nodes }, (_, index) => index);
  const indices = [...new Set([...initial, ...peersOf(soak.plan)])].toSorted((a, b) => a - b);
  const nodes = new Map(indices.map((index) => [index, mappedNode(mapping, index, where)]));
  const { steps, cuts } = churnSteps(soak.plan, mapping, nodes, where);
  const starts = initial.map((index): ChurnStep => ({
    atUs: index * soak.startIntervalUs,
    calls: [`begin_peer ${index}`],
    about: `p${index} is there from the start`,
    lack: undefined,
  }));
  const all = [...starts, ...steps].toSorted((a, b) => a.atUs - b.atUs);
  const lacks = countedLacks(steps);
  const lengthUs = Math.round(soak.endUs * mapping.timeScale);
  const text = [
    headOf(soak, mapping, lacks, lengthUs, writer),
    settingsOf(soak, mapping, [...nodes.values()], where),
    SCRIPT_FUNCTIONS,
    launchesOf([...nodes.values()]),
    cutsOf(cuts, nodes),
    'begin_run\n',
    ...all.map((step) => stepText(step, mapping)),
    `\nwait_until ${milliseconds(soak.endUs, mapping)} # the run of the plan is over at ${formatDuration(soak.endUs)}\n`,
    SCRIPT_ENDING,
  ].join('\n');
  return { text, processes: nodes.size, steps: all.length, lengthUs, lacks };
}

function headOf(
  { scenario, seed, workload }: Soak,
  { timeScale }: ClusterMapping,
  lacks: readonly CountedLack[],
  lengthUs: number,
  writer: string,
): string {
  const lines = [
    `Written by ${writer}: the churn of scenario ${scenario.name}, model ${scenario.model}, seed ${JSON.stringify(seed)}.`,
    `A virtual second takes ${timeScale} s; it all takes ${formatDuration(lengthUs)}. Ctrl-C stops all that was started.`,
    `Not of this script: the workload (${workload.broadcastsPerSecond} broadcasts per second of ${workload.payloadBytes} bytes) and the network's latency and loss.`,
    ...lacks.map(lackText),
  ];
  return `#!/bin/sh\n# shellcheck disable=SC2016,SC2034,SC2317\n${lines.map((line) => `# ${commented(line)}\n`).join('')}`;
}

/** A sentence about what the script lacks. */
export function lackText({ count, kind, isMissing, why }: CountedLack): string {
  const how = isMissing ? 'not carried out' : 'carried out nearly';
  return `${count} of kind ${kind}, ${how}: ${why}`;
}

function settingsOf(soak: Soak, mapping: ClusterMapping, nodes: readonly MappedNode[], where: string): string {
  const { directory, graceSeconds, timeScale } = mapping;
  const { settleUs } = boundsOf(soak);
  const scaled = (us: number): string => formatDuration(Math.max(1, Math.round(us * timeScale)));
  const terms = {
    calm: scaled(soak.calmUs),
    settle: scaled(settleUs),
    connectTimeout: scaled(soak.network.connectTimeoutUs),
  };
  const header = JSON.stringify({ quicksoak: 'events', version: 1, terms });
  const events = filledIn(mapping.events, { texts: { directory } }, `${where}: events`);
  const folders = new Set([
    directory,
    ...[events, ...nodes.flatMap(({ log, pidFile }) => [log, pidFile])].map(folderOf),
  ]);
  return [
    'set -u',
    `events=${quoted(events)}`,
    `header=${quoted(header)}`,
    `grace_tenths=${graceSeconds * 10}`,
    `initial=${soak.nodes}`,
    `peers=${quoted(nodes.map(({ index }) => index).join(' '))}`,
    ...[...folders].map((folder) => `mkdir -p ${quoted(folder.startsWith('-') ? `./${folder}` : folder)} || exit 2`),
    '',
  ].join('\n');
}

function folderOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at < 0 ? '.' : path.slice(0, at + 1);
}

function launchesOf(nodes: readonly MappedNode[]): string {
  const facts = nodes.map(
    ({ index, identity, pidFile }) =>
      `    ${index}) name=${quoted(JSON.stringify(identity))} pid_file=${quoted(pidFile)} ;;`,
  );
  const launches = nodes.map(({ index, launch, log }) => `    ${index}) (${launch}) >>${quoted(log)} 2>&1 & ;;`);
  const commands = nodes.flatMap(({ index, commands: own }) =>
    [...own].map(([kind, words]) => `    ${kind}-${index}) ${words} ;;`),
  );
  return [
    '# What a peer is called, and where its process number is kept.',
    'about() {\n  case $1 in',
    ...facts,
    '  esac\n}',
    '',
    '# Starts the process of a peer, as a child of this script.',
    'launch() {\n  case $1 in',
    ...launches,
    '  esac\n}',
    '',
    '# Stops, kills, pauses or resumes the process $pid of a peer.',
    'send() {\n  case $1-$2 in',
    ...commands,
    '    kill-*) kill -KILL "$pid" ;;',
    '    stop-*) kill -TERM "$pid" ;;',
    '    pause-*) kill -STOP "$pid" ;;',
    '    resume-*) kill -CONT "$pid" ;;',
    '  esac\n}',
    '',
  ].join('\n');
}

function cutsOf(cuts: readonly CutFunction[], nodes: ReadonlyMap<number, MappedNode>): string {
  return cuts
    .map(({ number, cut, mend, name, peers }) => {
      const body = (commands: readonly string[]): string =>
        commands.length === 0 ? '  :\n' : commands.map((words) => `  run ${words}\n`).join('');
      const identities = JSON.stringify(peers.map((index) => nodes.get(index)!.identity));
      const told = `fault_${number}=${quoted(JSON.stringify(name.trim()))} between_${number}=${quoted(identities)}`;
      return `cut_${number}() {\n${body(cut)}}\nmend_${number}() {\n${body(mend)}}\n${told}\n`;
    })
    .join('\n');
}

function stepText({ atUs, calls, about }: ChurnStep, mapping: ClusterMapping): string {
  const comment = `# ${formatDuration(atUs)}: ${commented(about)}`;
  return `\n${comment}\nwait_until ${milliseconds(atUs, mapping)}\n${calls.join('\n')}`;
}

function milliseconds(us: number, { timeScale }: ClusterMapping): number {
  return Math.round((us * timeScale) / 1000);
}

function countedLacks(steps: readonly ChurnStep[]): CountedLack[] {
  const counted = new Map<string, CountedLack>();
  for (const { lack } of steps) {
    if (lack === undefined) continue;
    // Peers are named in why a step is carried out nearly: what it says of the first stands for all.
    const key = `${lack.kind} ${lack.isMissing}`;
    const before = counted.get(key);
    counted.set(key, before === undefined ? { ...lack, count: 1 } : { ...before, count: before.count + 1 });
  }
  return [...counted.values()];
}
