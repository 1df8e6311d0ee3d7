// Draws a space-time diagram: lanes as long as their peers live, messages between them, timers as ticks.
// Invariant: a class of messages has a dash besides its colour, and one that did not arrive ends in a cross.
import type { TopologyTrack } from '../../properties/view/topology.ts';
import type { MessageWindow } from '../run/run-view.ts';
import type { Surface } from './canvas.ts';
import { strokeOf } from './palette.ts';
import type { Lanes, Slant } from './space-time-layout.ts';
import { tickText, timeTicks } from './time-ticks.ts';
import { nameOf } from './topology-lines.ts';

export const LABEL_PX = 44;
const TOP_PX = 26;
const FOOT_PX = 10;
const RIGHT_PX = 10;
const TICK_PX = 84;

/** What is drawn. */
export interface SpaceTimePicture {
  readonly window: MessageWindow;
  readonly lanes: Lanes;
  readonly slants: readonly Slant[];
  readonly lives: TopologyTrack['lives'];
  readonly names: readonly string[];
  readonly cursorUs: number;
  readonly chosen: number | undefined;
  /** Place of the slant in question; -1 for none. */
  readonly current: number;
}

/** Height that so many lanes need, in pixels. */
export function heightOf(laneCount: number): number {
  return TOP_PX + FOOT_PX + Math.max(3, laneCount) * lanePx(laneCount);
}

/** Distance of lanes, in pixels. */
function lanePx(laneCount: number): number {
  return laneCount > 16 ? 18 : 24;
}

/** Scales of a diagram of that width, in pixels from the left of its lanes. */
export function scaleOf(width: number, laneCount: number) {
  return {
    width: Math.max(1, width - LABEL_PX - RIGHT_PX),
    laneY: (lane: number): number => TOP_PX + (lane + 0.5) * lanePx(laneCount),
  };
}

/** Draws it. */
export function paintSpaceTime(surface: Surface, picture: SpaceTimePicture): void {
  const { context, width: whole, height } = surface;
  const { window, lanes, slants, current } = picture;
  const { width, laneY } = scaleOf(whole, lanes.peers.length);
  const x = (us: number): number => ((us - window.fromUs) / Math.max(1, window.untilUs - window.fromUs)) * width;
  paintAxis(surface, picture, width, x);
  paintLanes(surface, picture, laneY, x, width);
  context.save();
  context.translate(LABEL_PX, 0);
  context.beginPath();
  context.rect(-3, TOP_PX - 4, width + 6, height);
  context.clip();
  context.globalAlpha = current >= 0 ? 0.3 : slants.length > 400 ? 0.6 : 0.95;
  slants.forEach((slant, place) => {
    if (place !== current) paintSlant(surface, slant, width, laneY, 1.2);
  });
  context.globalAlpha = 1;
  const chosen = slants[current];
  if (chosen !== undefined) paintSlant(surface, chosen, width, laneY, 2.4);
  context.restore();
}

/** Times above the lanes; the first mark in full, as the others differ from it by little. */
function paintAxis(surface: Surface, picture: SpaceTimePicture, width: number, x: (us: number) => number): void {
  const { context, colours, height } = surface;
  const { fromUs, untilUs } = picture.window;
  context.font = `11px ${colours.sans}`;
  context.textBaseline = 'alphabetic';
  context.textAlign = 'center';
  context.lineWidth = 1;
  for (const atUs of timeTicks(fromUs, untilUs, Math.max(1, width / TICK_PX))) {
    const at = LABEL_PX + Math.round(x(atUs)) + 0.5;
    context.strokeStyle = colours.line;
    context.beginPath();
    context.moveTo(at, TOP_PX - 4);
    context.lineTo(at, height - FOOT_PX);
    context.stroke();
    context.fillStyle = colours.muted;
    context.fillText(tickText(atUs), Math.min(Math.max(at, 34), LABEL_PX + width - 24), TOP_PX - 10);
  }
}

function paintLanes(
  surface: Surface,
  { lanes, lives, names, window, cursorUs, chosen }: SpaceTimePicture,
  laneY: (lane: number) => number,
  x: (us: number) => number,
  width: number,
): void {
  const { context, colours, height } = surface;
  const laneOf = new Map(lanes.peers.map((peer, lane) => [peer, lane]));
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const [peer, lane] of laneOf) {
    context.fillStyle = peer === chosen ? colours.ink : colours.muted;
    context.font = `${peer === chosen ? '700 ' : ''}11px ${colours.sans}`;
    context.fillText(nameOf(names, peer), LABEL_PX - 8, laneY(lane));
  }
  context.strokeStyle = colours['line-strong'];
  context.lineWidth = 1;
  lives.peer.forEach((peer, row) => {
    const lane = laneOf.get(peer);
    const untilUs = lives.untilUs[row]! < 0 ? Infinity : lives.untilUs[row]!;
    if (lane === undefined || lives.fromUs[row]! > window.untilUs || untilUs < window.fromUs) return;
    const [left, right] = [Math.max(0, x(lives.fromUs[row]!)), Math.min(width, x(untilUs))];
    const y = Math.round(laneY(lane)) + 0.5;
    context.strokeStyle = colours['line-strong'];
    context.beginPath();
    context.moveTo(LABEL_PX + left, y);
    context.lineTo(LABEL_PX + right, y);
    context.stroke();
    if (untilUs <= window.untilUs) cross(context, colours.muted, LABEL_PX + right, y, 4);
  });
  context.fillStyle = colours.faint;
  for (const { peer, atUs } of window.timers) {
    const lane = laneOf.get(peer);
    if (lane !== undefined) context.fillRect(LABEL_PX + x(atUs) - 0.5, laneY(lane) - 3, 1, 6);
  }
  if (cursorUs < window.fromUs || cursorUs > window.untilUs) return;
  context.fillStyle = colours.cursor;
  context.fillRect(LABEL_PX + x(cursorUs) - 0.75, TOP_PX - 6, 1.5, height - FOOT_PX - TOP_PX + 6);
}

function paintSlant(
  { context, colours }: Surface,
  { message, fromX, toX, fromLane, toLane, look }: Slant,
  width: number,
  laneY: (lane: number) => number,
  thick: number,
): void {
  const { token, dash } = strokeOf(look);
  const [x1, x2, y2] = [fromX * width, toX * width, laneY(toLane)];
  const y1 = fromLane === undefined ? y2 - 9 : laneY(fromLane);
  context.strokeStyle = context.fillStyle = colours[token];
  context.lineWidth = thick;
  context.setLineDash([...dash]);
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
  context.setLineDash([]);
  if (!message.arrived) {
    cross(context, colours.broken, x2, y2, 4);
    return;
  }
  const angle = Math.atan2(y2 - y1, x2 - x1);
  const size = thick > 2 ? 8 : 5.5;
  context.beginPath();
  context.moveTo(x2, y2);
  context.lineTo(x2 - size * Math.cos(angle - 0.4), y2 - size * Math.sin(angle - 0.4));
  context.lineTo(x2 - size * Math.cos(angle + 0.4), y2 - size * Math.sin(angle + 0.4));
  context.fill();
}

function cross(context: CanvasRenderingContext2D, colour: string, x: number, y: number, size: number): void {
  context.strokeStyle = colour;
  context.lineWidth = 1.6;
  context.beginPath();
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y - size);
  context.lineTo(x - size, y + size);
  context.stroke();
}
