// The clean-up lines of compiled JavaScript: what lets go of something, found by rule and never by a list of places.
// Invariant: a function of the source text alone; taking a line away leaves a program of the same form.
//
// The rules:
// 1. A statement that is a call (also awaited by `yield*`, also optional) of a function whose name begins with a verb of
//    letting go (VERBS): `map.delete(key)`, `io.cancelTimer(timer)`, `ledger?.close(entry)`, `yield* links.finish()`.
//    Its mutant is the empty statement.
// 2. Any other statement that is an expression directly in a `finally` block: `this.ticks = undefined`.
// 3. `list.length = 0`.
// 4. A call by rule 1 that is all of an arrow function: `task.onEnd(() => tasks.delete(task))`. Its mutant gives undefined.
// 5. A `delete` whose value is used: `if (set.delete(one))`. Its mutant is `has`, which gives the same value.
import { parse } from 'acorn';
import type { AnyNode } from 'acorn';
import { fullAncestor } from 'acorn-walk';

/** Verbs of letting go; `clear` stands for `clear` and `clearPending`, not for `clearance`. */
const VERBS = [
  'abort',
  'cancel',
  'clear',
  'close',
  'delete',
  'detach',
  'disarm',
  'discard',
  'disconnect',
  'disown',
  'disowned',
  'drop',
  'end',
  'evict',
  'expire',
  'finish',
  'forget',
  'free',
  'freed',
  'prune',
  'release',
  'remove',
  'retain',
  'shift',
  'splice',
  'stop',
  'unlink',
];
const LETS_GO = new RegExp(`^(${VERBS.join('|')})(?![a-z])`);

/** A line that can be taken away. */
export interface CleanUpLine {
  /** Where its text is in the file: from (included) and to (excluded). */
  readonly from: number;
  readonly to: number;
  /** The text, on one line. */
  readonly text: string;
  /** What is done there once it is taken away. */
  readonly without: string;
  /** Name of the innermost named function around it; empty at the top of the file. */
  readonly within: string;
  /** True for a statement, false for an expression. */
  readonly isStatement: boolean;
}

/** Every clean-up line of a module, in order. */
export function cleanUpLines(source: string): CleanUpLine[] {
  const lines: CleanUpLine[] = [];
  fullAncestor(parse(source, { ecmaVersion: 'latest', sourceType: 'module' }), (node, _state, ancestors) => {
    const found = mutantOf(node, ancestors, source);
    if (found === undefined) return;
    const { target, without, isStatement } = found;
    const { start: from, end: to } = target;
    const text = source.slice(from, to).replaceAll(/\s+/g, ' ');
    lines.push({ from, to, text, without, within: functionName(ancestors), isStatement });
  });
  return lines.toSorted((a, b) => a.from - b.from);
}

/**
 * A module in which each line is done only if a global function says so, so that one process can try every mutant.
 *
 * @param first - Number of the first line; the others follow.
 * @param gate - Name of the global function; it is called with a line's number before the line is done, or left out.
 */
export function gated(source: string, lines: readonly CleanUpLine[], first: number, gate: string): string {
  return lines.reduceRight((text, { from, to, isStatement, without }, place) => {
    const [isDone, line] = [`globalThis.${gate}(${first + place})`, text.slice(from, to)];
    const done = isStatement ? `{ if (${isDone}) ${line} }` : `(${isDone} ? ${line} : ${without})`;
    return text.slice(0, from) + done + text.slice(to);
  }, source);
}

interface Found {
  readonly target: AnyNode;
  readonly without: string;
  readonly isStatement: boolean;
}

/** @param ancestors - From the program to the node itself. */
function mutantOf(node: AnyNode, ancestors: readonly AnyNode[], source: string): Found | undefined {
  if (node.type === 'ExpressionStatement') {
    const called = unwrapped(node.expression);
    const isCleanUp = letsGo(called) || emptiesList(called) || isInFinally(ancestors);
    return isCleanUp ? { target: node, without: ';', isStatement: true } : undefined;
  }
  if (node.type !== 'CallExpression' || !letsGo(node)) return undefined;
  // An optional call, `a?.b()`, is a call inside a chain.
  const isChained = ancestors.at(-2)?.type === 'ChainExpression';
  const target = isChained ? ancestors.at(-2)! : node;
  const user = ancestors.at(isChained ? -3 : -2)!;
  if (user.type === 'ExpressionStatement' || user.type === 'YieldExpression') return undefined;
  if (user.type === 'ArrowFunctionExpression') return { target, without: 'undefined', isStatement: false };
  if (node.callee.type !== 'MemberExpression' || nameOf(node.callee.property) !== 'delete') return undefined;
  const { start, end } = node.callee.property;
  const without = `${source.slice(target.start, start)}has${source.slice(end, target.end)}`;
  return { target, without, isStatement: false };
}

/** What a statement calls, whether or not it awaits it or the call is optional. */
function unwrapped(node: AnyNode): AnyNode {
  if (node.type === 'YieldExpression' && node.argument) return unwrapped(node.argument);
  if (node.type === 'ChainExpression') return unwrapped(node.expression);
  return node;
}

function letsGo(node: AnyNode): boolean {
  if (node.type !== 'CallExpression') return false;
  const { callee } = node;
  const name = callee.type === 'MemberExpression' ? nameOf(callee.property) : nameOf(callee);
  return name !== undefined && LETS_GO.test(name);
}

function emptiesList(node: AnyNode): boolean {
  if (node.type !== 'AssignmentExpression' || node.left.type !== 'MemberExpression') return false;
  return nameOf(node.left.property) === 'length' && node.right.type === 'Literal' && node.right.value === 0;
}

function isInFinally(ancestors: readonly AnyNode[]): boolean {
  const [around, block] = [ancestors.at(-3), ancestors.at(-2)];
  return around?.type === 'TryStatement' && around.finalizer === block;
}

function nameOf(node: AnyNode): string | undefined {
  return node.type === 'Identifier' || node.type === 'PrivateIdentifier' ? node.name : undefined;
}

function functionName(ancestors: readonly AnyNode[]): string {
  for (let place = ancestors.length - 1; place >= 0; place--) {
    const node = ancestors[place]!;
    if (node.type === 'MethodDefinition' || node.type === 'PropertyDefinition') return nameOf(node.key) ?? '';
    if (node.type === 'FunctionDeclaration') return node.id?.name ?? '';
  }
  return '';
}
