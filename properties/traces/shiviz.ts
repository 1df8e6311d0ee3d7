// Space-time logs in ShiViz's form: a line per turn, with its host, its vector clock and what happened.
// Invariant: a host's own clock is 1 in its first line and grows by 1 from line to line; clocks tell happened-before exactly.
// Source: the log format that the page of ShiViz describes (named groups host, clock, event; others are shown as fields).
import { formatDuration } from '../../sim/duration.ts';
import { showsAnything } from './happenings.ts';
import type { Life, TraceListener, Turn } from './happenings.ts';
import { oneLine } from './text-out.ts';
import type { TextOut } from './text-out.ts';
import { VectorClocks } from './vector-clock.ts';

/** The parser's regular expression; it is the file's first line as well, where ShiViz looks for it in an upload. */
export const SHIVIZ_PARSER = String.raw`(?<host>\S+) (?<clock>\{[^}]*\}) (?<time>\S+) (?<event>.*)`;

/** Receivers of one kind of message that a line names; more are counted. */
const MOST_NAMED = 6;

/** Writes a ShiViz log. */
export class ShivizWriter implements TraceListener {
  private readonly out: TextOut;
  private readonly clocks = new VectorClocks();
  private lines = 0;
  private readonly hosts = new Set<Life>();

  constructor(out: TextOut) {
    this.out = out;
  }

  /** What was written, in words. */
  get tally(): string {
    return `${this.lines} events of ${this.hosts.size} hosts`;
  }

  opens(): void {
    // The second line would hold what separates several runs: there is one.
    this.out.add(`${SHIVIZ_PARSER}\n\n`);
  }

  turn(turn: Turn): void {
    const { life, atUs } = turn;
    if (!showsAnything(turn)) return;
    const clock = this.clocks.tick(turn);
    const ticks = [...clock].map(([{ name }, count]) => `${JSON.stringify(name)}:${count}`);
    this.out.add(`${life.name} {${ticks.join(',')}} ${formatDuration(atUs)} ${oneLine(textOf(turn))}\n`);
    this.lines++;
    this.hosts.add(life);
  }

  finish(): void {
    this.out.flush();
  }
}

function textOf({ what, received, sent, notes }: Turn): string {
  const cause = received === undefined ? what : `receive ${received.kind} from ${received.from.life.name}`;
  const receivers = new Map<string, string[]>();
  for (const { kind, to } of sent) {
    const names = receivers.get(kind);
    if (names === undefined) receivers.set(kind, [to.name]);
    else names.push(to.name);
  }
  const sends = [...receivers].map(([kind, names]) => {
    const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
    return `send ${kind} to ${names.slice(0, MOST_NAMED).join(', ')}${more}`;
  });
  return [cause, ...sends, ...notes].join('; ');
}
