// A flame graph as boxes: frames as wide as the CPU under them, their callees upon them, siblings by name.
// Invariant: a frame is as wide as its callees and itself together; equal stacks in any order give equal boxes.
import { mergedStacks } from '../../properties/flame/stacks.ts';
import type { FlameStack } from '../../properties/view/run-data.ts';

/** One frame, with all that it calls. */
export interface FlameFrame {
  readonly name: string;
  /** Names from the root, joined by line breaks; empty for the root. */
  readonly path: string;
  readonly parent: FlameFrame | undefined;
  readonly children: readonly FlameFrame[];
  /** CPU in microseconds, that of its callees included, and its own alone. */
  readonly us: number;
  readonly selfUs: number;
  /** Stacks that ended here. */
  readonly count: number;
}

/** One frame as drawn; `left` and `width` are shares of the whole width. */
export interface FlameBox {
  readonly frame: FlameFrame;
  /** 0 for the root. */
  readonly depth: number;
  readonly left: number;
  readonly width: number;
}

interface Growing {
  name: string;
  path: string;
  parent: Growing | undefined;
  children: Growing[];
  us: number;
  selfUs: number;
  count: number;
}

/** The root of all stacks. */
export function flameTree(stacks: readonly FlameStack[]): FlameFrame {
  const root: Growing = { name: 'all', path: '', parent: undefined, children: [], us: 0, selfUs: 0, count: 0 };
  const byPath = new Map<string, Growing>();
  for (const { stack, us, count } of mergedStacks(stacks)) {
    let frame = root;
    frame.us += us;
    for (const name of stack) {
      const path = frame === root ? name : `${frame.path}\n${name}`;
      let child = byPath.get(path);
      if (child === undefined) {
        child = { name, path, parent: frame, children: [], us: 0, selfUs: 0, count: 0 };
        byPath.set(path, child);
        frame.children.push(child);
      }
      child.us += us;
      frame = child;
    }
    frame.selfUs += us;
    frame.count += count;
  }
  return root;
}

/** The frame of a path; the root when there is none. */
export function frameAt(root: FlameFrame, path: string): FlameFrame {
  let frame = root;
  while (frame.path !== path) {
    const next = frame.children.find((child) => path === child.path || path.startsWith(`${child.path}\n`));
    if (next === undefined) return root;
    frame = next;
  }
  return frame;
}

/**
 * The boxes to draw, parents first: the focus and what called it take the whole width.
 *
 * @param least - Share of the width under which a frame is left out.
 */
export function flameBoxes(focus: FlameFrame, least: number): { boxes: FlameBox[]; depths: number; omitted: number } {
  const boxes: FlameBox[] = [];
  for (let frame: FlameFrame | undefined = focus.parent; frame !== undefined; frame = frame.parent) {
    boxes.unshift({ frame, depth: 0, left: 0, width: 1 });
  }
  boxes.forEach((box, depth) => (boxes[depth] = { ...box, depth }));
  let omitted = 0;
  let depths = boxes.length;
  const total = focus.us;
  const open: FlameBox[] = total > 0 ? [{ frame: focus, depth: boxes.length, left: 0, width: 1 }] : [];
  for (let box = open.pop(); box !== undefined; box = open.pop()) {
    boxes.push(box);
    depths = Math.max(depths, box.depth + 1);
    let { left } = box;
    const above: FlameBox[] = [];
    for (const frame of box.frame.children) {
      const width = frame.us / total;
      if (width < least) omitted++;
      else above.push({ frame, depth: box.depth + 1, left, width });
      left += width;
    }
    open.push(...above.toReversed());
  }
  return { boxes, depths, omitted };
}

/** Where an arrow key leads from a frame: up to the widest callee, down to the caller, aside to a sibling. */
export function nextFrame(
  { frame, boxes }: { frame: FlameFrame; boxes: readonly FlameBox[] },
  key: string,
): FlameFrame {
  const drawn = new Set(boxes.map((box) => box.frame));
  if (key === 'ArrowUp') {
    const above = frame.children.filter((child) => drawn.has(child));
    return above.toSorted((a, b) => b.us - a.us)[0] ?? frame;
  }
  if (key === 'ArrowDown') return frame.parent ?? frame;
  const depth = boxes.find((box) => box.frame === frame)?.depth;
  const row = boxes.filter((box) => box.depth === depth).toSorted((a, b) => a.left - b.left);
  const place = row.findIndex((box) => box.frame === frame);
  return row[place + (key === 'ArrowLeft' ? -1 : 1)]?.frame ?? frame;
}
