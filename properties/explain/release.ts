// What should have released a leaked thing: how others like it ended, whether that came here, and what one action less
// would have made of it.
// Invariant: counts and times of runs, compared; it names no cause that no run shows.
import type { Cause } from './cause.ts';
import type { EndingWay } from './entry-watch.ts';
import { causeText, WEIGHT } from './facts.ts';
import type { Fact } from './facts.ts';
import type { Leak } from './leak.ts';
import type { RunWatch } from './run-watch.ts';

/** Something that happened, and when. */
export interface Happening {
  readonly atUs: number;
  /** Such as `message close from p6`. */
  readonly what: string;
  /** Number of the event in the run. */
  readonly event: number;
}

/** From when on the thing may have been of no more use. */
export interface Turn extends Happening {
  /** At which node, such as `p6`, and what was done there. */
  readonly node: string;
  readonly did: string;
}

/** What the run with one action less made of the thing. */
export type ShorterRun =
  /** There is none: nothing was needed. */
  | { readonly kind: 'none' }
  | { readonly kind: 'never-opened' }
  | { readonly kind: 'ended'; readonly atUs: number; readonly reason: string; readonly what: string }
  /** It is there, and nothing speaks against it. */
  | { readonly kind: 'in-use' }
  /** Of a mention: whom it mentions has not departed. */
  | { readonly kind: 'subject-lives' }
  | { readonly kind: 'not-left' };

/** What should have released the thing. */
export interface Release {
  /** In the whole run: others of its kind and place that ended by themselves, and how; most first. */
  readonly others: { readonly ended: number; readonly settled: number; readonly ways: readonly EndingWay[] };
  /** The way in which most of them ended; undefined when none did. */
  readonly expected: EndingWay | undefined;
  /** When such an event came to the owner of this one, since the last action kept; undefined when none did. */
  readonly came: Happening | undefined;
  /** From when on nobody had a use for it, as far as that shows; undefined when it does not. */
  readonly turn: Turn | undefined;
  /** What put it there. */
  readonly began: Happening | undefined;
  /** Spawn path of the task that opened it; undefined when none did. */
  readonly by: string | undefined;
  /** The last event of the owner that had to do with the subject, before the calm. */
  readonly last: Happening | undefined;
  readonly shorter: ShorterRun;
}

/**
 * Compares.
 *
 * @param watch - The prefix that leaves the thing.
 * @param shorter - The prefix with one action less; undefined for none.
 * @param whole - The whole run.
 * @param sinceUs - When the last action kept was, in microseconds; undefined for none.
 */
export function releaseOf(
  leak: Leak,
  watch: RunWatch,
  shorter: RunWatch | undefined,
  whole: RunWatch,
  sinceUs: number | undefined,
): Release {
  const others = leak.kind === 'entry' ? entryEnds(leak.entryKind, leak.site, whole) : mentionEnds(watch);
  const [expected] = others.ways;
  const began = watch.leaked ?? watch.mentions?.came;
  return {
    others,
    expected,
    came: expected === undefined ? undefined : cameTo(leak, watch, expected, Math.max(sinceUs ?? 0, leak.bornUs)),
    turn: turnOf(leak, watch, Math.max(sinceUs ?? 0, leak.bornUs)),
    began: began === undefined ? undefined : happening('bornUs' in began ? began.bornUs : began.atUs, began.cause),
    by: watch.leaked?.by,
    last: watch.lastTouch === undefined ? undefined : happening(watch.lastTouch.atUs, watch.lastTouch.cause),
    shorter: shorterRun(leak, shorter),
  };
}

function entryEnds(kind: Parameters<RunWatch['entries']['endsOf']>[0], site: string, run: RunWatch): Release['others'] {
  const { ways, settled } = run.entries.endsOf(kind, site);
  return { ways, settled, ended: ways.reduce((sum, { count }) => sum + count, 0) };
}

/** How other peers left the path, at the same owner. */
function mentionEnds({ mentions }: RunWatch): Release['others'] {
  const ways = [...(mentions?.departures ?? [])]
    .map(([what, count]) => ({ reason: 'taken out', what, fromSubject: false, count }))
    .toSorted((a, b) => b.count - a.count);
  return { ways, settled: 0, ended: ways.reduce((sum, { count }) => sum + count, 0) };
}

/** The last event of that kind that the owner had to do with the subject in. */
function cameTo(leak: Leak, { facts }: RunWatch, way: EndingWay, sinceUs: number): Happening | undefined {
  const because = way.fromSubject ? `${way.what} from p${leak.subject}` : way.what;
  const isIt = (text: string): boolean => text === because || (!way.fromSubject && text.startsWith(`${because} from `));
  const found = facts
    .all()
    .findLast(({ atUs, peer, because: text }) => atUs >= sinceUs && peer === leak.owner && isIt(text));
  return found === undefined ? undefined : { atUs: found.atUs, what: found.because, event: found.event };
}

/**
 * The turn of the pair since then that says most: news that the relation is over, the owner's own first; then a successor;
 * then the end of a life. Of each the first. What was superseded has its turn with the first news or successor of the
 * owner's.
 */
function turnOf({ owner, fault }: Leak, { facts }: RunWatch, sinceUs: number): Turn | undefined {
  const turns = facts.all().filter(({ atUs, turn }) => turn && atUs >= sinceUs);
  const isNews = ({ weight }: Fact): boolean => weight === WEIGHT.relation;
  const found =
    (fault === 'superseded' ? turns.find(({ peer, weight }) => peer === owner && weight !== WEIGHT.life) : undefined) ??
    turns.find((turn) => isNews(turn) && turn.peer === owner) ??
    turns.find(isNews) ??
    turns.find(({ peer }) => peer === owner) ??
    turns[0];
  if (found === undefined) return undefined;
  return { atUs: found.atUs, what: found.because, event: found.event, node: `p${found.peer}`, did: found.did };
}

function shorterRun(leak: Leak, shorter: RunWatch | undefined): ShorterRun {
  if (shorter === undefined) return { kind: 'none' };
  if (leak.kind === 'mention') {
    const { went, came } = shorter.mentions!;
    if (shorter.started.simulation.peers.find(leak.subject)?.node !== undefined) return { kind: 'subject-lives' };
    if (went === undefined || went.cause.event < (came?.cause.event ?? 0)) return { kind: 'not-left' };
    return { kind: 'ended', atUs: went.atUs, reason: 'taken out', what: causeText(went.cause) };
  }
  if (shorter.leaked === undefined) return { kind: 'never-opened' };
  const end = shorter.leakedEnd;
  if (end === undefined) return { kind: 'in-use' };
  return { kind: 'ended', atUs: end.atUs, reason: end.reason, what: causeText(end.cause) };
}

function happening(atUs: number, cause: Cause): Happening {
  return { atUs, what: causeText(cause), event: cause.event };
}
