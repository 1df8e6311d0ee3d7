// The end of a run's print: how it went in one line, and the line to paste.
// Invariant: after a broken property the last line is the command that reproduces it, and nothing else.
import { counted } from '../../sim/counted.ts';
import { formatDuration } from '../../sim/duration.ts';
import type { CutShort } from '../exit-codes.ts';
import type { JudgedRun } from '../work/soak.ts';
import { paint } from '../terminal.ts';
import { quoted } from '../../properties/cluster/words.ts';

/** Why a run ended early, as a clause. */
export const CUT_SHORT_TEXT: Readonly<Record<CutShort, string>> = {
  interrupted: 'interrupted',
  'wall-spent': 'stopped: --max-wall ran out',
  'events-spent': 'stopped: --max-events ran out',
};

/** One line: held or broke, how far the run came, its digest. */
export function outcomeLine(run: JudgedRun): string {
  const { verdicts, cutShort, endUs, plannedUs, eventCount, wallMs, digest } = run;
  const broken = verdicts.filter(({ ok }) => !ok).length;
  const judged = verdicts.filter((verdict) => verdict.judged).length;
  const verdict = broken > 0 ? paint.red(`${broken} of ${judged} broke`) : paint.green(`${judged} of ${judged} held`);
  const reached =
    endUs < plannedUs ? `${formatDuration(endUs)} of ${formatDuration(plannedUs)}` : formatDuration(endUs);
  const cut = cutShort === undefined ? '' : `${paint.yellow(CUT_SHORT_TEXT[cutShort])}; `;
  const seconds = (wallMs / 1000).toFixed(1);
  return `${cut}${verdict}  ${paint.dim(`${reached} virtual in ${seconds} s, ${counted(eventCount, 'event')}, digest ${digest}`)}`;
}

/** A word for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quoted(text);
}
