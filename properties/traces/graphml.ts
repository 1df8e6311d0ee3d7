// GraphML of a topology: typed data for every node and edge.
// Invariant: the text is well-formed whatever a site or a scenario is called.
import { xmlAttribute, xmlContent } from '../xml.ts';
import { seconds } from './seconds.ts';
import type { GraphEdge, GraphNode } from './topology.ts';

/** Attributes: id, what has it, name, type. */
const KEYS = [
  ['peer', 'node', 'peer', 'int'],
  ['life', 'node', 'life', 'int'],
  ['live', 'node', 'live', 'boolean'],
  ['node-start', 'node', 'start', 'double'],
  ['node-end', 'node', 'end', 'double'],
  ['relation', 'edge', 'relation', 'string'],
  ['site', 'edge', 'site', 'string'],
  ['start', 'edge', 'start', 'double'],
  ['end', 'edge', 'end', 'double'],
  ['ghost', 'edge', 'ghost', 'boolean'],
  ['mutual', 'edge', 'mutual', 'boolean'],
] as const;

/** Everything before the first node; `title` describes the graph. */
export function graphmlHead(title: string): string {
  const keys = KEYS.map(
    ([id, what, name, type]) => `  <key id="${id}" for="${what}" attr.name="${name}" attr.type="${type}"/>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
${keys.join('')}  <graph id="topology" edgedefault="directed">
    <desc>${xmlContent(title)}; times in virtual seconds</desc>
`;
}

/** A life. */
export function graphmlNode({ life, fromUs, untilUs, isLive }: GraphNode): string {
  const data = dataOf([
    ['peer', life.peer],
    ['life', life.number],
    ['live', isLive],
    ['node-start', timeOf(fromUs)],
    ['node-end', timeOf(untilUs)],
  ]);
  return `    <node id="${xmlAttribute(life.name)}">${data}</node>\n`;
}

/** An edge; `place` makes its id. */
export function graphmlEdge(edge: GraphEdge, place: number): string {
  const { from, to, relation, site, fromUs, untilUs, isGhost, isMutual } = edge;
  const data = dataOf([
    ['relation', relation],
    ['site', site === '' ? undefined : site],
    ['start', seconds(fromUs)],
    ['end', timeOf(untilUs)],
    ['ghost', isGhost],
    ['mutual', isMutual],
  ]);
  const ends = `source="${xmlAttribute(from.name)}" target="${xmlAttribute(to.name)}"`;
  return `    <edge id="e${place}" ${ends}>${data}</edge>\n`;
}

function dataOf(values: readonly (readonly [key: string, value: string | number | boolean | undefined])[]): string {
  return values
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `<data key="${key}">${xmlContent(String(value))}</data>`)
    .join('');
}

function timeOf(us: number | undefined): string | undefined {
  return us === undefined ? undefined : seconds(us);
}
