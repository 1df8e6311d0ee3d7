// The causal story of a leak: a dozen lines of who did what when, from its birth to the calm that it is left at.
// Invariant: every line is something that happened in the run of the prefix, in the order in which it did.
import type { ChurnAction } from '../../sim/churn/plan.ts';
import { formatDuration } from '../../sim/duration.ts';
import { WEIGHT } from './facts.ts';
import type { Fact } from './facts.ts';
import type { HoldingTask } from './explain.ts';
import type { Leak } from './leak.ts';
import { leakText } from './leak.ts';
import type { Release } from './release.ts';
import type { RunWatch } from './run-watch.ts';

const MOST_LINES = 11;
/** Messages that did nothing more are told only to fill a story up to so many lines. */
const FEW_LINES = 5;
/** Things that one line tells of an event at most. */
const MOST_DEEDS = 3;
/** What must be told: birth, last action, end. */
const MUST = 100;

/** One line of a story. */
export interface StoryLine {
  readonly atUs: number;
  /** A peer, or `plan`. */
  readonly node: string;
  readonly what: string;
}

/** A line and how much it says. */
interface WeighedLine extends StoryLine {
  readonly weight: number;
  readonly order: number;
}

/**
 * See the file's head.
 *
 * @param kept - The actions of the prefix.
 * @param release - What happened of it is told in any case.
 */
export function storyOf(
  leak: Leak,
  watch: RunWatch,
  kept: readonly ChurnAction[],
  holders: readonly HoldingTask[],
  { came, turn }: Release,
): StoryLine[] {
  const forced = new Set([came?.event, turn?.event]);
  const lastActionUs = kept.at(-1)?.atUs ?? leak.bornUs;
  const cameUs = watch.mentions?.came?.atUs ?? leak.bornUs;
  const fromUs = Math.min(leak.bornUs, cameUs);
  const lines = [...factLines(leak, watch.facts.all(), cameUs, forced), ...planLines(leak, kept)];
  const chosen = lines
    .filter(({ atUs, weight }) => weight === MUST || atUs >= fromUs)
    .map((line) => ({ line, awayUs: Math.min(Math.abs(line.atUs - lastActionUs), Math.abs(line.atUs - leak.bornUs)) }))
    .toSorted((a, b) => b.line.weight - a.line.weight || a.awayUs - b.awayUs || a.line.order - b.line.order)
    .filter(({ line }, place) => place < (line.weight < WEIGHT.entry ? FEW_LINES : MOST_LINES - 1))
    .map(({ line }) => line)
    .toSorted((a, b) => a.atUs - b.atUs || a.order - b.order);
  const end = { atUs: watch.started.simulation.nowUs, node: `p${leak.owner}`, what: endText(leak, holders) };
  return [...withoutRepeats(chosen), end];
}

/** Lines that say the same of one node one after the other, as one. */
function withoutRepeats(lines: readonly StoryLine[]): StoryLine[] {
  const told: StoryLine[] = [];
  for (let place = 0; place < lines.length;) {
    const { atUs, node, what } = lines[place]!;
    const other = lines.findIndex((line, at) => at > place && (line.node !== node || line.what !== what));
    const next = other < 0 ? lines.length : other;
    const again = next - place - 1;
    const times =
      again === 0
        ? ''
        : ` (again ${again === 1 ? '' : `${again} times, last `}at ${formatDuration(lines[next - 1]!.atUs)})`;
    told.push({ atUs, node, what: what + times });
    place = next;
  }
  return told;
}

/** One line for each event of each node. */
function factLines(
  leak: Leak,
  facts: readonly Fact[],
  cameUs: number,
  forced: ReadonlySet<number | undefined>,
): WeighedLine[] {
  const groups = new Map<string, Fact[]>();
  for (const fact of facts) {
    const key = `${fact.event} ${fact.peer} ${fact.because}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [fact]);
    else group.push(fact);
  }
  const birth = birthText(leak);
  return [...groups.values()].map((group) => {
    const [{ atUs, peer, because, order }] = group as [Fact];
    const deeds = lastingDeeds(group);
    const isBirth = atUs === cameUs && peer === leak.owner && deeds.includes(birth);
    const heaviest = Math.max(
      WEIGHT.message,
      ...group.filter(({ did }) => deeds.includes(did)).map((fact) => fact.weight),
    );
    const isForced = forced.has(group[0]!.event) && group.some((fact) => fact.peer === leak.owner || fact.turn);
    const weight =
      isBirth || isForced ? MUST : heaviest + Math.min(deeds.length, MOST_DEEDS) / 10 + (peer === leak.owner ? 0.5 : 0);
    return { atUs, node: `p${peer}`, what: lineText(because, deeds), weight, order };
  });
}

/** What an event did, each thing once; what it opened and closed again left out. */
function lastingDeeds(group: readonly Fact[]): string[] {
  const dids = group
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ did }) => did)
    .filter((did) => did !== '');
  const passing = dids.filter((did) => dids.some((other) => other.startsWith(did.replace(/^opened/, 'closed'))));
  return [...new Set(dids)].filter(
    (did) => !(did.startsWith('opened ') && passing.includes(did)) && !passing.some((one) => closes(did, one)),
  );
}

function closes(did: string, opening: string): boolean {
  return opening.startsWith('opened ') && did.startsWith(`${opening.replace(/^opened/, 'closed')} (`);
}

function lineText(because: string, deeds: readonly string[]): string {
  if (deeds.length === 0) return because;
  const more = deeds.length > MOST_DEEDS ? [`and ${deeds.length - MOST_DEEDS} more`] : [];
  return `${because}: ${[...deeds.slice(0, MOST_DEEDS), ...more].join('; ')}`;
}

function birthText(leak: Leak): string {
  if (leak.kind === 'mention') return `put p${leak.subject} into ${leak.path}`;
  return `opened ${leak.entryKind} ${leak.site}${leak.subject === undefined ? '' : ` about p${leak.subject}`}`;
}

/** Actions that name the owner or the subject, and the last that was kept. */
function planLines(leak: Leak, kept: readonly ChurnAction[]): WeighedLine[] {
  return kept.flatMap((action, place) => {
    const isLast = place === kept.length - 1;
    const named = peersOf(action);
    if (!isLast && !named.includes(leak.owner) && (leak.subject === undefined || !named.includes(leak.subject)))
      return [];
    const weight = isLast ? MUST : WEIGHT.life;
    return [{ atUs: action.atUs, node: 'plan', what: actionText(action), weight, order: -1 }];
  });
}

function endText(leak: Leak, holders: readonly HoldingTask[]): string {
  const [holder] = holders;
  const waits = holder === undefined ? '' : `; ${holder.path} is ${holder.standing}: ${holder.awaits}`;
  if (leak.fault === 'dialled') return `end of the calm: ${leakText(leak)} led to a dial`;
  return `end of the calm: ${leakText(leak)} is still ${leak.kind === 'entry' ? 'open' : 'there'}${waits}`;
}

/** An action of a plan in a few words, such as `kill p7` or `act rotate p3`. */
export function actionText(action: ChurnAction): string {
  switch (action.kind) {
    case 'respawn':
      return `respawn p${action.peer} as p${action.fresh}`;
    case 'restart':
      return `restart p${action.peer}${action.graceful === true ? ' gracefully' : ''}, down for ${formatDuration(action.downUs)}`;
    case 'partition':
      return `partition${action.name === undefined ? '' : ` ${action.name}`} into ${action.groups.length} groups`;
    case 'heal':
      return `heal${action.name === undefined ? '' : ` ${action.name}`}`;
    case 'hold':
    case 'release':
      return `${action.kind} p${action.from} > p${action.to}`;
    case 'black-hole':
      return `black-hole p${action.peer} ${action.on ? 'on' : 'off'}`;
    case 'act': {
      const args = Object.entries(action.args ?? {}).map(([name, value]) => ` ${name}=${String(value)}`);
      return `act ${action.act} p${action.peer}${args.join('')}`;
    }
    default:
      return `${action.kind} p${action.peer}`;
  }
}

function peersOf(action: ChurnAction): number[] {
  if (action.kind === 'hold' || action.kind === 'release') return [action.from, action.to];
  if (action.kind === 'respawn') return [action.peer, action.fresh];
  return 'peer' in action ? [action.peer] : [];
}
