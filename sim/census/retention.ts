// What a model promises of its collections, and keeps on purpose about peers that are gone: declarations, and the judgement of
// one node's walk by them.
// Invariant: a declaration is checked, never trusted; what no honoured declaration covers is residue.
import { InputError } from '../errors.ts';
import { ELEMENT, KEY, PathClasses, ROOT_CLASS, segmentsOf, type Segment } from './path-classes.ts';
import type { Mention, Walked } from './walk.ts';

/**
 * One thing a model retains on purpose. `path` is the path class of a collection or field; a step `*` stands for any
 * one property or for `[*]`.
 *
 * - `cap`: the collections of that class hold at most `cap` elements (included) per node, all together. Peers that
 *   departed may be mentioned by its keys and elements and by fields of these, not by collections nested in them: a
 *   nested collection needs a declaration of its own. For a field that is no collection, its mentions are counted.
 * - `limit`: the collections of that class hold at most `limit` elements (included) per node, all together, and no departed
 *   peer is kept there on purpose.
 * - `forUs`: a departed peer may be mentioned there or anywhere beneath for that long (included) after it departed.
 * - `while`: a departed peer may be mentioned there or beneath as long as the same node mentions it, as retained, at
 *   or beneath one of those paths.
 */
export type Retention =
  | { readonly path: string; readonly cap: number; readonly why: string }
  | { readonly path: string; readonly limit: number; readonly why: string }
  | { readonly path: string; readonly forUs: number; readonly why: string }
  | { readonly path: string; readonly while: readonly string[]; readonly why: string };

/** A declaration that was not honoured by one node. `path` is the path class it broke in. */
export type Violation =
  | { readonly kind: 'cap'; readonly path: string; readonly size: number; readonly cap: number }
  | {
      readonly kind: 'time';
      readonly path: string;
      /** Age of the oldest mention: time since that peer departed, in microseconds. */
      readonly ageUs: number;
      readonly forUs: number;
      /** The peer of the oldest mention. */
      readonly peerIndex: number;
    };

/** How the mentions of one walk are to be taken; entry i speaks of mention i. */
export interface Judgement {
  /** The declaration that covers the mention; undefined for residue. */
  readonly covers: readonly (Retention | undefined)[];
  readonly violations: readonly Violation[];
}

/** A path in a declaration that no walked state had: a stale or misspelt declaration. */
export interface UnusedPath {
  readonly path: string;
  readonly declaration: Retention;
}

interface Rule {
  readonly declaration: Retention;
  readonly segments: readonly Segment[];
  /** Paths of a `while`, taken apart. */
  readonly supports: readonly (readonly Segment[])[];
  /** By class: whether it lies at or beneath a support. */
  readonly supported: (boolean | undefined)[];
}

interface CapCover {
  readonly rule: Rule;
  readonly cap: number;
  /** The collection whose size the cap bounds. */
  readonly collection: number;
}

/** The rules that speak of one path class. */
interface Coverage {
  readonly capped: readonly CapCover[];
  readonly limits: readonly number[];
  readonly timed: readonly { readonly rule: Rule; readonly forUs: number }[];
  readonly whiles: readonly Rule[];
}

/** Validated declarations of one model, for one run. Holds the run's path classes, so that matches are cached by class. */
export class RetentionRules {
  readonly classes: PathClasses;
  private readonly rules: readonly Rule[];
  private readonly coverages: (Coverage | undefined)[] = [];

  /**
   * @param declarations - What the model retains on purpose.
   * @param classes - The path classes of the run; default fresh ones.
   * @throws {InputError} `bad-retention` for a declaration that is incomplete, out of range or mixes kinds;
   *   `bad-path-class` for a path that does not read as one.
   */
  constructor(declarations: readonly Retention[], classes: PathClasses = new PathClasses()) {
    this.classes = classes;
    this.rules = declarations.map(ruleOf);
  }

  /**
   * Judges what `walker` found in one node at virtual time `nowUs`. Mentions are taken to be of departed peers.
   *
   * A `while` is honoured when a chain of them ends at a cap or a time that is honoured; a circle supports nothing.
   */
  judge(walker: Walked, nowUs: number): Judgement {
    const { mentions } = walker;
    const sizes = new Sizes(walker);
    const violations = this.brokenCaps(sizes);
    if (mentions.length === 0) return { covers: [], violations };
    const covers: (Retention | undefined)[] = [];
    const retained = new Set<Mention>();
    const open: number[] = [];
    mentions.forEach((mention, i) => {
      const coverage = this.coverageOf(mention.classId);
      const rule = directCover(coverage, sizes, mention, nowUs);
      covers.push(rule?.declaration);
      if (rule !== undefined) retained.add(mention);
      else if (coverage.whiles.length > 0) open.push(i);
    });
    this.coverBySupport(open, walker, retained, covers);
    return { covers, violations: [...violations, ...this.brokenTimes(mentions, covers, nowUs)] };
  }

  /** The paths in declarations that matched nothing in any state walked so far, in the order declared. */
  unused(): UnusedPath[] {
    const lineages: Segment[][] = [];
    for (let id = ROOT_CLASS + 1; id < this.classes.count; id++) lineages.push(this.segmentsOf(id));
    const matched = (path: readonly Segment[]): boolean => lineages.some((segments) => beneath(segments, path));
    return this.rules.flatMap(({ declaration, segments, supports }) => {
      const paths = [declaration.path, ...('while' in declaration ? declaration.while : [])];
      return [segments, ...supports].flatMap((path, i) => (matched(path) ? [] : [{ path: paths[i]!, declaration }]));
    });
  }

  private coverBySupport(
    open: number[],
    walker: Walked,
    retained: Set<Mention>,
    covers: (Retention | undefined)[],
  ): void {
    for (let left = open, before = -1; left.length !== before;) {
      before = left.length;
      left = left.filter((i) => {
        const mention = walker.mentions[i]!;
        const rule = this.coverageOf(mention.classId).whiles.find((each) => {
          for (let other = walker.mentionsOf(mention.peer); other !== undefined; other = other.next) {
            if (retained.has(other) && this.supports(each, other.classId)) return true;
          }
          return false;
        });
        if (rule === undefined) return true;
        covers[i] = rule.declaration;
        retained.add(mention);
        return false;
      });
    }
  }

  private brokenCaps(sizes: Sizes): Violation[] {
    const violations: Violation[] = [];
    for (const classId of sizes.classes()) {
      const size = sizes.of(classId);
      const { capped, limits } = this.coverageOf(classId);
      const caps = capped.filter(({ collection }) => collection === classId).map((each) => each.cap);
      const cap = Math.min(...caps, ...limits);
      if (size > cap) violations.push({ kind: 'cap', path: this.classes.path(classId), size, cap });
    }
    return violations;
  }

  private brokenTimes(
    mentions: readonly Mention[],
    covers: readonly (Retention | undefined)[],
    nowUs: number,
  ): Violation[] {
    const oldest = new Map<number, Violation & { kind: 'time' }>();
    mentions.forEach(({ peer, classId }, i) => {
      const { timed } = this.coverageOf(classId);
      if (covers[i] !== undefined || timed.length === 0) return;
      const ageUs = nowUs - peer.departedAtUs;
      if (ageUs <= (oldest.get(classId)?.ageUs ?? -1)) return;
      const forUs = Math.max(...timed.map((each) => each.forUs));
      oldest.set(classId, { kind: 'time', path: this.classes.path(classId), ageUs, forUs, peerIndex: peer.index });
    });
    return [...oldest.values()];
  }

  private coverageOf(classId: number): Coverage {
    return (this.coverages[classId] ??= this.findCoverage(classId));
  }

  private findCoverage(classId: number): Coverage {
    const lineage = this.classes.lineage(classId);
    const segments = lineage.map((id) => this.classes.segment(id));
    const capped: CapCover[] = [];
    const limits: number[] = [];
    const timed: { rule: Rule; forUs: number }[] = [];
    const whiles: Rule[] = [];
    for (const rule of this.rules) {
      if (!beneath(segments, rule.segments)) continue;
      const { declaration } = rule;
      if ('forUs' in declaration) timed.push({ rule, forUs: declaration.forUs });
      else if ('while' in declaration) whiles.push(rule);
      else if ('limit' in declaration) {
        if (segments.length === rule.segments.length) limits.push(declaration.limit);
      } else if (bounded(segments, rule.segments.length)) {
        capped.push({ rule, cap: declaration.cap, collection: lineage[rule.segments.length - 1]! });
      }
    }
    return { capped, limits, timed, whiles };
  }

  private supports(rule: Rule, classId: number): boolean {
    return (rule.supported[classId] ??= rule.supports.some((path) => beneath(this.segmentsOf(classId), path)));
  }

  private segmentsOf(classId: number): Segment[] {
    return this.classes.lineage(classId).map((id) => this.classes.segment(id));
  }
}

/** Sizes of one walk: of a collection its elements; of a field that is none, how often it mentions departed peers. */
class Sizes {
  private readonly walker: Walked;
  private readonly fields = new Map<number, number>();

  constructor(walker: Walked) {
    this.walker = walker;
    for (const { classId, count } of walker.mentions) {
      if (walker.sizeOf(classId) === undefined) this.fields.set(classId, (this.fields.get(classId) ?? 0) + count);
    }
  }

  of(classId: number): number {
    return this.walker.sizeOf(classId) ?? this.fields.get(classId) ?? 0;
  }

  *classes(): Generator<number, void, undefined> {
    yield* this.walker.sizedClasses;
    yield* this.fields.keys();
  }
}

function directCover({ capped, timed }: Coverage, sizes: Sizes, mention: Mention, nowUs: number): Rule | undefined {
  const ageUs = nowUs - mention.peer.departedAtUs;
  return (
    capped.find(({ cap, collection }) => sizes.of(collection) <= cap)?.rule ??
    timed.find(({ forUs }) => ageUs <= forUs)?.rule
  );
}

/** True when `segments` lies at or beneath `path`. */
function beneath(segments: readonly Segment[], path: readonly Segment[]): boolean {
  return segments.length >= path.length && path.every((step, i) => matches(step, segments[i]!));
}

function matches(step: Segment, segment: Segment): boolean {
  return step === segment || (step === '*' && segment !== KEY);
}

/** True when the number of mentions beneath a collection is bounded by its size: no further collection in between. */
function bounded(segments: readonly Segment[], collectionLength: number): boolean {
  return segments.slice(collectionLength + 1).every((segment) => segment !== ELEMENT && segment !== KEY);
}

const KINDS = ['cap', 'limit', 'forUs', 'while'];

function ruleOf(declaration: Retention): Rule {
  const { path, why } = declaration;
  const refuse = (what: string): never => {
    throw new InputError('bad-retention', `retention of ${JSON.stringify(path)}: ${what}`, { declaration });
  };
  const segments = segmentsOf(path);
  const kinds = KINDS.filter((kind) => kind in declaration);
  if (kinds.length !== 1) refuse(`received ${kinds.join(' and ') || 'none'}, expected one of ${KINDS.join(', ')}`);
  if (typeof why !== 'string' || why.trim() === '') refuse('received no reason, expected `why` to say one');
  if ('while' in declaration) {
    if (declaration.while.length === 0) refuse('received no paths, expected one or more in `while`');
    return { declaration, segments, supports: declaration.while.map(segmentsOf), supported: [] };
  }
  const bound = 'cap' in declaration ? declaration.cap : 'limit' in declaration ? declaration.limit : declaration.forUs;
  if (!Number.isSafeInteger(bound) || bound < 0) {
    refuse(`received ${kinds.join()} ${String(bound)}, expected an integer, 0 or more`);
  }
  return { declaration, segments, supports: [], supported: [] };
}
