// The end of an explanation in words: the shortest prefix, what should have released the thing, and what holds it.
// Invariant: sentences say what runs showed, with virtual times; nothing is guessed.
import { counted } from '../../sim/counted.ts';
import { formatDuration } from '../../sim/duration.ts';
import type { Explanation, FoundLeak, HoldingTask, LeavingPrefix } from './explain.ts';
import type { Leak } from './leak.ts';
import type { Release, ShorterRun } from './release.ts';

/** Holders that are told of. */
const MOST_HOLDERS = 2;

/** An explanation of a leak. */
export type Explained = Extract<Explanation, { kind: 'explained' }>;

/** The sentences after the story, one each. */
export function summaryOf({ found, prefix, release, holders }: Explained): string[] {
  return [
    prefixText(found, prefix, release.shorter),
    releaseText(found.leak, prefix, release),
    holderText(found.leak, release, holders),
  ];
}

function prefixText(
  { leak, text }: FoundLeak,
  { count, of, action, calmEndUs }: LeavingPrefix,
  shorter: ShorterRun,
): string {
  const left = `${text} ${faultText(leak)} at ${formatDuration(calmEndUs)}, the end of the calm`;
  if (action === undefined) {
    return `It leaks without any churn: with none of ${of === 1 ? 'the one action' : `the ${of} actions`}, ${left}.`;
  }
  const until = `${action.text} at ${formatDuration(action.atUs)}`;
  const first = `The shortest prefix that leaves it has ${count} of ${counted(of, 'action')}, the last ${until}: ${left}.`;
  return `${first} ${shorterText(leak, count - 1, shorter)}`.trim();
}

function faultText(leak: Leak): string {
  const { fault, subject } = leak;
  switch (fault) {
    case 'overdue':
      return 'is open past its time';
    case 'superseded':
      return `is open although a newer one to p${subject} has taken its place`;
    case 'unused':
      return `is open although p${subject} is no neighbour and nobody uses it`;
    case 'spins':
      return 'is polled over and over and comes no further';
    case 'unstopped':
      return 'is open although its node was told to stop';
    case 'dialled':
      return `has led to a dial of p${subject}, which is gone`;
    default:
      if (leak.kind === 'mention') return `is there although p${subject} is gone`;
      return leak.bytes === 0 ? 'is still open' : `is still open (it came to hold ${leak.bytes} bytes)`;
  }
}

function shorterText({ subject }: Leak, count: number, shorter: ShorterRun): string {
  const withFewer = count === 0 ? 'Without that action' : `With ${count}`;
  switch (shorter.kind) {
    case 'none':
      return '';
    case 'never-opened':
      return `${withFewer} it is never opened.`;
    case 'in-use':
      return `${withFewer} it is open as well, and nothing speaks against it.`;
    case 'subject-lives':
      return `${withFewer} p${subject} lives.`;
    case 'not-left':
      return `${withFewer} it is not left.`;
    case 'ended':
      return `${withFewer} it ended at ${formatDuration(shorter.atUs)} (${shorter.reason}) on ${shorter.what}.`;
  }
}

function releaseText(leak: Leak, { action }: LeavingPrefix, { others, expected, came, turn, last }: Release): string {
  const place = leak.kind === 'entry' ? `${leak.entryKind} ${leak.site}` : leak.path;
  const ways = waysText(place, others, expected);
  if (came !== undefined) {
    return `What should have released it came to p${leak.owner} at ${formatDuration(came.atUs)}, ${came.what}, and it stayed: ${ways}.`;
  }
  if (turn !== undefined) {
    return `What should have released it: ${turn.what} at ${formatDuration(turn.atUs)}, when ${turn.node} ${turn.did}; ${ways}.`;
  }
  if (action !== undefined && last === undefined) {
    return `What changed its lot: ${action.text} at ${formatDuration(action.atUs)}; ${ways}.`;
  }
  const lastText =
    last === undefined || leak.subject === undefined
      ? ''
      : ` The last that p${leak.owner} had to do with p${leak.subject}: ${last.what} at ${formatDuration(last.atUs)}.`;
  const none = expected === undefined ? '' : `, and none such came here`;
  return `${ways[0]!.toUpperCase()}${ways.slice(1)}${none}.${lastText}`;
}

function waysText(place: string, { ended, settled }: Release['others'], expected: Release['expected']): string {
  const withOwner = settled === 0 ? '' : ` (${settled} went with their owner)`;
  if (expected === undefined) return `no other ${place} was let go of in the whole run${withOwner}`;
  const { count, what, fromSubject, reason } = expected;
  const from = fromSubject ? ' from their subject' : '';
  const most =
    ended === 1 ? 'the one other' : count === ended ? `all ${ended} others` : `${count} of the ${ended} others`;
  return `${most} of ${place} that ended in the whole run did so on ${what}${from} (${reason})${withOwner}`;
}

function holderText(leak: Leak, { by, began }: Release, holders: readonly HoldingTask[]): string {
  if (holders.length > 0) {
    const said = holders
      .slice(0, MOST_HOLDERS)
      .map(({ path, standing, awaits }) => `${path} is ${standing} at ${awaits}`)
      .join('; ');
    const opened = holders[0]!.path === by ? `It was opened by ${by}, which goes on` : 'What stands';
    return `${opened}: ${said}.`;
  }
  if (by !== undefined)
    return `It was opened by ${by}, which has ended: no task of p${leak.owner} is left to close it.`;
  if (began === undefined) return `p${leak.owner} runs on, and no task of it can be told to hold it.`;
  const verb = leak.kind === 'mention' ? 'put there' : 'opened';
  return `It was ${verb} on ${began.what} at ${formatDuration(began.atUs)}; p${leak.owner} runs on.`;
}
