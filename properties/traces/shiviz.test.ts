import test from 'ava';
import * as fc from 'fast-check';
import type { TextOut } from './text-out.ts';
import { showsAnything } from './happenings.ts';
import type { Turn } from './happenings.ts';
import { SHIVIZ_PARSER, ShivizWriter } from './shiviz.ts';
import { exported, exportedBy, RUNS, soakOf } from './traced.test.fixture.ts';

const SECOND_US = 1_000_000;

interface Line {
  readonly host: string;
  readonly clock: Readonly<Record<string, number>>;
  readonly event: string;
}

/** Reads a file as ShiViz does an upload: the parser on the first line, what separates runs on the second, then the log. */
function parsed(text: string): Line[] {
  const [parser = '', separator, ...rest] = text.split('\n');
  if (separator !== '') throw new Error(`received ${separator} on line 2`);
  const log = rest.join('\n');
  const pattern = new RegExp(parser, 'gm');
  const lines = [...log.matchAll(pattern)].map(({ groups }) => ({
    host: groups!['host']!,
    clock: JSON.parse(groups!['clock']!) as Record<string, number>,
    event: groups!['event']!,
  }));
  if (lines.length !== log.split('\n').length - 1) throw new Error('some lines do not match the parser');
  return lines;
}

/** For each line the set of lines that happened before it, by program order and messages alone. */
class Order extends ShivizWriter {
  readonly before: Set<number>[] = [];
  private readonly places = new Map<Turn, number>();
  private readonly last = new Map<object, number>();

  constructor(out: TextOut) {
    super(out);
  }

  override turn(turn: Turn): void {
    super.turn(turn);
    if (!showsAnything(turn)) return;
    const place = this.before.length;
    const sent = turn.received === undefined ? undefined : this.places.get(turn.received.from);
    const direct = [this.last.get(turn.life), sent].filter((one) => one !== undefined);
    this.before.push(new Set(direct.flatMap((one) => [one, ...this.before[one]!])));
    this.places.set(turn, place);
    this.last.set(turn.life, place);
  }
}

function isBefore(one: Line['clock'], other: Line['clock']): boolean {
  const hosts = Object.keys(one);
  return hosts.every((host) => one[host]! <= (other[host] ?? 0)) && JSON.stringify(one) !== JSON.stringify(other);
}

test('a log is read by its own parser, and a host counts its lines from 1', (t) => {
  const { text, tally } = exported('shiviz', soakOf({ model: 'swarm', seed: '7', nodes: 6 }));
  const lines = parsed(text);
  t.is(tally, `${lines.length} events of 6 hosts`);
  const counts = new Map<string, number>();
  for (const { host, clock } of lines) {
    counts.set(host, (counts.get(host) ?? 0) + 1);
    if (clock[host] !== counts.get(host)) t.fail(`${host} ${clock[host]} in its line ${counts.get(host)}`);
  }
  t.true(text.startsWith(`${SHIVIZ_PARSER}\n\np0 {"p0":1} 0s start`));
});

test('clocks tell which turn happened before which exactly as the run does, under churn and faults', (t) => {
  let pairs = 0;
  let ordered = 0;
  fc.assert(
    fc.property(RUNS, ({ input, fromUs, toUs }) => {
      const soak = soakOf(input);
      let order: Order | undefined;
      const { text } = exportedBy(
        soak,
        { fromUs, toUs: Math.min(toUs, fromUs + SECOND_US) },
        (out) => (order = new Order(out)),
      );
      const lines = parsed(text).slice(0, 250);
      const own = new Map<string, number>();
      for (const { host, clock } of lines) {
        own.set(host, (own.get(host) ?? 0) + 1);
        if (clock[host] !== own.get(host)) return false;
      }
      for (const [at, { clock }] of lines.entries()) {
        for (let earlier = 0; earlier < lines.length; earlier++) {
          const happened = order!.before[at]!.has(earlier);
          pairs++;
          if (happened) ordered++;
          if (isBefore(lines[earlier]!.clock, clock) !== happened) return false;
        }
      }
      return true;
    }),
    { seed: 62, numRuns: 20 },
  );
  t.true(ordered > 5_000 && pairs > 2 * ordered, `${ordered} ordered of ${pairs} pairs`);
});

test('whatever a model calls its messages, an event stays on its line', (t) => {
  let text = '';
  const out = { add: (piece: string) => (text += piece), flush: () => {} } as unknown as TextOut;
  const writer = new ShivizWriter(out);
  const life = { peer: 1, number: 1, name: 'p1', bornUs: 0 };
  writer.opens();
  writer.turn({ life, atUs: 5, what: 'act {"a"}\n\u2028b', received: undefined, sent: [], notes: [], cpuUs: 0 });
  t.deepEqual(parsed(text), [{ host: 'p1', clock: { p1: 1 }, event: 'act {"a"} b' }]);
});
