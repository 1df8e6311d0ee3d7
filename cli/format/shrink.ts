// A shrunk finding, for people: what it took before and after, what is left to happen, and what is still found.
// Invariant: every action that is left has a line, in the order of the plan.
import { counted } from '../../sim/counted.ts';
import type { ChurnAction } from '../../sim/churn/plan.ts';
import { formatDuration } from '../../sim/duration.ts';
import { causeText } from '../../properties/causes.ts';
import type { Cause } from '../../properties/causes.ts';
import type { ScenarioSize } from '../../properties/shrink/size.ts';
import { paint } from '../terminal.ts';
import type { ShrunkRun } from '../work/shrink.ts';
import { wrapped } from './evidence.ts';
import { indented } from './indented.ts';
import { CUT_SHORT_TEXT, shellWord } from './outcome.ts';
import { borderless } from './verdicts.ts';

const INDENT = 2;

/** The whole print but its last line, without a newline at its end. */
export function shrunkText(run: ShrunkRun): string {
  return [
    `${paint.bold('shrunk')}\n${indented(sizeTable(run))}`,
    `${paint.bold('what is left to happen')}\n${indented(planLines(run).join('\n'))}`,
    `${paint.bold('what is still found')}\n${causeLines(run).join('\n')}`,
    outcomeOf(run),
  ].join('\n\n');
}

/** How far it has come, in a few words: `200 actions, 20 nodes -> 3 actions, 2 nodes; 44 runs`. */
export function stepText(before: ScenarioSize, size: ScenarioSize, runs: number): string {
  return `${shortSize(before)} -> ${shortSize(size)}; ${counted(runs, 'run')}`;
}

function shortSize({ actions, nodes }: ScenarioSize): string {
  return `${counted(actions, 'action')}, ${counted(nodes, 'node')}`;
}

function sizeTable({ before, after, eventsBefore, eventsAfter }: ShrunkRun): string {
  const rows = [
    ['actions', before.actions, after.actions],
    ['defects', before.defects, after.defects],
    ['nodes', before.nodes, after.nodes],
    ['faults and settings', before.settings, after.settings],
    ['broadcasts per second', before.broadcastsPerSecond, after.broadcastsPerSecond],
    ['virtual time', formatDuration(before.endUs), formatDuration(after.endUs)],
    ['events', eventsBefore, eventsAfter],
  ] as const;
  return borderless(
    ['', 'before', 'after'],
    rows.map(([what, was, is]) => [what, String(was), was === is ? String(is) : paint.green(String(is))]),
    3,
    INDENT,
  );
}

function planLines({ scenario, after }: ShrunkRun): string[] {
  const { plan, defects, nodes } = scenario;
  const times = plan.actions.map(({ atUs }) => formatDuration(atUs));
  const end = formatDuration(after.endUs);
  const width = Math.max(end.length, ...times.map(({ length }) => length));
  const line = (time: string, text: string): string => `${paint.dim(time.padStart(width))}  ${text}`;
  const withDefects = defects.length === 0 ? '' : `, with ${defects.join(', ')}`;
  return [
    line('0s', `p0 to p${nodes - 1} start${withDefects}`),
    ...plan.actions.map((action, index) => line(times[index]!, actionText(action))),
    line(end, 'the end'),
  ];
}

/** An action in words, without its time. */
export function actionText(action: ChurnAction): string {
  switch (action.kind) {
    case 'start':
      return `p${action.peer} starts`;
    case 'stop':
      return `p${action.peer} leaves gracefully`;
    case 'kill':
      return `p${action.peer} is killed`;
    case 'restart': {
      const how = action.graceful === true ? 'leaves gracefully' : 'is killed';
      return `p${action.peer} ${how}, and is back ${after(action.downUs)}`;
    }
    case 'respawn':
      return `p${action.peer} is killed, and p${action.fresh} starts in its place ${after(action.downUs ?? 0)}`;
    case 'rejoin':
      return `p${action.peer} starts again`;
    case 'partition': {
      const groups = action.groups.map((group) => (group.length === 0 ? 'all others' : group.map(peerName).join(' ')));
      const name = action.name === undefined ? '' : ` ${JSON.stringify(action.name)}`;
      return `partition${name}${action.oneWay === true ? ', one way' : ''}: ${groups.join(' | ')}`;
    }
    case 'heal':
      return action.name === undefined ? 'every partition heals' : `the partition ${JSON.stringify(action.name)} heals`;
    case 'hold':
      return `messages from p${action.from} to p${action.to} are held`;
    case 'release':
      return `messages from p${action.from} to p${action.to} are released`;
    case 'black-hole':
      return action.on ? `p${action.peer} becomes a black hole` : `p${action.peer} is a black hole no more`;
    case 'act': {
      const args = Object.entries(action.args ?? {}).map(([name, value]) => `${name} ${String(value)}`);
      return `p${action.peer}: ${action.act}${args.length === 0 ? '' : ` (${args.join(', ')})`}`;
    }
  }
}

function after(downUs: number): string {
  return downUs === 0 ? 'at once' : `after ${formatDuration(downUs)}`;
}

function peerName(peer: number): string {
  return `p${peer}`;
}

function causeLines({ causes, originalCauses }: ShrunkRun): string[] {
  const kept = new Set(causes.map(causeText));
  const lost = originalCauses.filter((cause) => !kept.has(causeText(cause)));
  const rest =
    lost.length === 0
      ? []
      : [
          paint.dim(`no longer: ${lost.map((cause) => causeText(cause)).join('; ')}`),
          paint.dim(`to keep the first of these instead: ${keepingFlags(lost[0]!, causes)}`),
        ];
  return [...causes.map(markedCause), ...rest].flatMap((line) => wrapped(line, INDENT)).map((line) => `  ${line}`);
}

/** The flags that keep one cause out of all; by its property as well where others are at that place too. */
function keepingFlags({ property, where }: Cause, others: readonly Cause[]): string {
  const ambiguous = where === '' || others.some((other) => other.where.includes(where));
  const place = where === '' ? [] : [`--place ${shellWord(where)}`];
  return [...(ambiguous ? [`--property ${shellWord(property)}`] : []), ...place].join(' ');
}

function markedCause(cause: Cause): string {
  return `${paint.red('✗')} ${causeText(cause)}`;
}

function outcomeOf({ runs, steps, complete, cutShort, wallMs, digest }: ShrunkRun): string {
  const early = cutShort === undefined ? 'stopped: --max-runs ran out' : CUT_SHORT_TEXT[cutShort];
  const end = complete ? 'nothing simpler was found to show it' : paint.yellow(`${early}, more may go`);
  const seconds = (wallMs / 1000).toFixed(1);
  return `${end}  ${paint.dim(`${counted(runs, 'run')} and ${counted(steps, 'step')} in ${seconds} s, digest ${digest}`)}`;
}
