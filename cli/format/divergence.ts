// The first event at which two runs part, for people.
import type { Divergence, SideEvent } from '../../properties/soak/compare.ts';
import { formatDuration } from '../../sim/duration.ts';
import { paint } from '../terminal.ts';

const WHAT: Readonly<Record<Divergence['differs'], string>> = {
  time: 'their times differ',
  node: 'it goes to different nodes',
  kind: 'one is a message, the other a timer',
  'payload-class': 'they are of different classes',
  payload: 'their contents differ',
  sender: 'they look alike, and come from different senders or links',
  length: 'only one side has it',
};

/**
 * One line that names the event, and one for each side.
 *
 * @param sides - What the two sides are called; default `first` and `second`.
 */
export function divergenceLines(
  { index, differs, first, second }: Divergence,
  sides: readonly [string, string] = ['first', 'second'],
): string[] {
  const width = Math.max(...sides.map((side) => side.length));
  const where = paint.bold(`event ${index}`);
  return [
    `${where} is the first that differs: ${WHAT[differs]}`,
    sideLine(sides[0].padEnd(width), first),
    sideLine(sides[1].padEnd(width), second),
  ];
}

function sideLine(side: string, event: SideEvent | undefined): string {
  if (event === undefined) return `  ${side}  had ended`;
  const { atUs, node, incarnation, kind, payloadClass, payload } = event;
  const who = incarnation === 0 ? node : `${node} (incarnation ${incarnation} of the run)`;
  return `  ${side}  at ${formatDuration(atUs)}, ${who}: ${kind} ${payloadClass} ${paint.dim(payload)}`.trimEnd();
}
