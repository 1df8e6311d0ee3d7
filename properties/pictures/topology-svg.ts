// The topology of a run at a moment as one static picture: peers on a circle, in order of index.
// Invariant: where a peer stands follows from its index alone; what is told apart is told by shape and dashes as well.
import type { RunData } from '../view/run-data.ts';
import { timeText } from '../view/time-text.ts';
import { topologyAt } from '../view/topology.ts';
import type { PairNow } from '../view/topology.ts';
import { STYLE, px, svgPicture, xmlText } from './svg-text.ts';

const SIZE_PX = 720;
const TOP_PX = 52;
const LEGEND_PX = 34;
const MARGIN_PX = 44;
const LIVE = '#0072b2';
const OPEN = '#7b9fbd';
const GHOST = '#d55e00';
const ASYMMETRIC = '#a3578c';

/** A picture of who is connected to whom at `atUs`; peers that are gone are drawn while something still leads to them. */
export function topologySvg(data: RunData, atUs: number): string {
  const now = topologyAt(data.topology, atUs);
  const held = new Set(now.pairs.flatMap(({ a, b }) => [a, b]));
  const peers = now.peers.filter(({ live, peer }) => live || held.has(peer));
  const radius = (SIZE_PX - 2 * MARGIN_PX) / 2;
  const middle = [SIZE_PX / 2, TOP_PX + SIZE_PX / 2] as const;
  const places = new Map(
    peers.map(({ peer }, place) => {
      const turn = (2 * Math.PI * place) / Math.max(1, peers.length) - Math.PI / 2;
      return [peer, [middle[0] + radius * Math.cos(turn), middle[1] + radius * Math.sin(turn)]] as const;
    }),
  );
  const name = (peer: number): string => data.peers[peer] ?? `p${peer}`;
  const title = `${data.scenario.name}, seed ${data.scenario.seed}: at ${timeText(atUs)}`;
  const about = `${now.liveCount} live; ${now.openCount} open connections, ${now.ghostCount} to lives that are over; ${now.asymmetricCount} one-sided neighbours`;
  return svgPicture({ title, about, widthPx: SIZE_PX, heightPx: TOP_PX + SIZE_PX + LEGEND_PX }, [
    ...now.pairs.map((pair) => edge(pair, places, `${name(pair.a)} and ${name(pair.b)}`)),
    ...peers.map(({ peer, live, fromUs, endedUs }) => {
      const [x, y] = places.get(peer)!;
      const out = [x + (x - middle[0]) * 0.055, y + (y - middle[1]) * 0.055] as const;
      const shape = live
        ? `<circle cx="${px(x)}" cy="${px(y)}" r="6" fill="${LIVE}"/>`
        : `<path d="M${px(x - 5)} ${px(y - 5)}l10 10m0 -10l-10 10" stroke="${STYLE.muted}" stroke-width="2"/>`;
      const since = live ? `up since ${timeText(fromUs)}` : `gone since ${timeText(endedUs ?? 0)}`;
      return `<g><title>${xmlText(`${name(peer)}, ${since}`)}</title>${shape}<text x="${px(out[0])}" y="${px(out[1] + 4)}" text-anchor="middle"${live ? '' : ` fill="${STYLE.muted}"`}>${xmlText(name(peer))}</text></g>`;
    }),
    ...legend(TOP_PX + SIZE_PX + 14),
  ]);
}

function edge(pair: PairNow, places: ReadonlyMap<number, readonly number[]>, names: string): string {
  const [from, to] = [places.get(pair.a), places.get(pair.b)];
  if (from === undefined || to === undefined) return '';
  const { aHasB, bHasA, open, ghosts, halfOpen } = pair;
  const [colour, width, dashes] =
    ghosts > 0 ? [GHOST, 1.6, '5 4'] : aHasB !== bHasA ? [ASYMMETRIC, 2, '1 4'] : aHasB ? [LIVE, 2, ''] : [OPEN, 1, ''];
  const parts = [
    aHasB && bHasA ? 'neighbours' : aHasB || bHasA ? 'neighbours on one side only' : 'no neighbours',
    `${open} open`,
    ...(ghosts > 0 ? [`${ghosts} to a life that is over`] : []),
    ...(halfOpen > 0 ? [`${halfOpen} half-open`] : []),
  ];
  const line = `M${px(from[0]!)} ${px(from[1]!)}L${px(to[0]!)} ${px(to[1]!)}`;
  return `<path d="${line}" stroke="${String(colour)}" stroke-width="${String(width)}"${dashes === '' ? '' : ` stroke-dasharray="${String(dashes)}"`}><title>${xmlText(`${names}: ${parts.join(', ')}`)}</title></path>`;
}

function legend(y: number): string[] {
  const items: readonly (readonly [text: string, colour: string, width: number, dashes: string])[] = [
    ['neighbours', LIVE, 2, ''],
    ['one-sided', ASYMMETRIC, 2, '1 4'],
    ['connection only', OPEN, 1, ''],
    ['to a life that is over', GHOST, 1.6, '5 4'],
  ];
  return items.map(([text, colour, width, dashes], place) => {
    const x = 14 + place * 172;
    return `<path d="M${x} ${y}h26" stroke="${colour}" stroke-width="${width}"${dashes === '' ? '' : ` stroke-dasharray="${dashes}"`}/><text x="${x + 32}" y="${y + 4}" fill="${STYLE.muted}">${text}</text>`;
  });
}
