// DOT of a topology: the same data as attributes, with a look that tells the relations apart.
// Invariant: every text is quoted, so that no name is taken for syntax.
import { seconds } from './seconds.ts';
import type { GraphEdge, GraphNode } from './topology.ts';

const LOOKS = {
  neighbour: 'color="#1b6ca8"',
  connection: 'color="#8a8a8a",style=dashed',
  'half-open': 'color="#8a8a8a",style=dotted',
} as const;
const GHOST = 'color="#c2410c",style=bold';

/** A life. */
export function dotNode({ life, fromUs, untilUs, isLive }: GraphNode): string {
  const times = [...timeOf('start', fromUs), ...timeOf('end', untilUs)];
  const look = isLive ? [] : ['style=dashed'];
  const attributes = [`peer=${life.peer}`, `life=${life.number}`, `live=${isLive}`, ...times, ...look];
  return `  ${dotText(life.name)} [${attributes.join(',')}];\n`;
}

/** An edge. */
export function dotEdge({ from, to, relation, site, fromUs, untilUs, isGhost, isMutual }: GraphEdge): string {
  const attributes = [
    `relation=${dotText(relation)}`,
    ...(site === '' ? [] : [`site=${dotText(site)}`]),
    ...timeOf('start', fromUs),
    ...timeOf('end', untilUs),
    `ghost=${isGhost}`,
    ...(isMutual === undefined ? [] : [`mutual=${isMutual}`]),
    isGhost ? GHOST : LOOKS[relation],
  ];
  return `  ${dotText(from.name)} -> ${dotText(to.name)} [${attributes.join(',')}];\n`;
}

/** A quoted text. */
export function dotText(text: string): string {
  return `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll(/[\r\n]+/g, ' ')}"`;
}

function timeOf(name: string, us: number | undefined): string[] {
  return us === undefined ? [] : [`${name}=${seconds(us)}`];
}
