// Select: waits for the first of several futures and drops the others, as tokio's macro does.
// Invariant: an arm whose guard is false, or whose pattern refused its value, is not polled again in this select.
import { invariant } from '../errors.ts';
import type { RandomStream } from '../random/stream.ts';
import { Future, PENDING, panic } from './future.ts';
import type { Pending, Waker } from './future.ts';

/** One arm of a select. */
export interface Arm<T> {
  readonly future: Future<T>;
  /** Guard; false keeps the arm out of this select. Default true. */
  readonly when?: boolean;
  /**
   * Refutable pattern: false disables the arm for the rest of this select, its value is lost, and the others are waited
   * for. Default: everything matches.
   */
  matches?(value: T): boolean;
}

/** Arms by name, in the order in which a biased select polls them. A bare future is an arm that always matches. */
export type Arms = Readonly<Record<string, Arm<unknown> | Future<unknown>>>;

type ValueOf<A> = A extends Future<infer T> ? T : A extends { readonly future: Future<infer T> } ? T : never;

/** The arm that won, and its value. */
export type Selected<A extends Arms> = {
  [Name in keyof A & string]: { readonly arm: Name; readonly value: ValueOf<A[Name]> };
}[keyof A & string];

/** No arm was left: each had a false guard or a pattern that refused. */
export interface SelectedElse {
  readonly arm: 'else';
  readonly value: undefined;
}

/** How the arms of a select are polled. */
export type SelectOrder = 'biased' | RandomStream;

/**
 * Waits for the first arm that is ready and matches.
 *
 * When an arm's pattern refuses, only the arms that are left are waited for: if one of them is pending, so is the select,
 * for as long as that takes.
 *
 * @param order - `biased`: the arms as written. A stream: from a random one on, around.
 */
export function select<const A extends Arms>(order: SelectOrder, arms: A): Future<Selected<A>> {
  return new Select(order, arms, false) as unknown as Future<Selected<A>>;
}

/** Like {@link select} with an `else`, which runs when every arm is disabled. Without it such a select panics. */
export function selectOrElse<const A extends Arms>(order: SelectOrder, arms: A): Future<Selected<A> | SelectedElse> {
  return new Select(order, arms, true) as unknown as Future<Selected<A> | SelectedElse>;
}

class Select extends Future<{ arm: string; value: unknown }> {
  private readonly order: SelectOrder;
  private readonly names: readonly string[];
  /** Undefined for arms that are disabled. */
  private readonly futures: (Future<unknown> | undefined)[];
  /** By place; undefined when no arm has a pattern. */
  private readonly patterns: (((value: unknown) => boolean) | undefined)[] | undefined;
  private readonly hasElse: boolean;

  constructor(order: SelectOrder, arms: Arms, hasElse: boolean) {
    super();
    const names = Object.keys(arms);
    const futures: (Future<unknown> | undefined)[] = [];
    let patterns: (((value: unknown) => boolean) | undefined)[] | undefined = undefined;
    for (let place = 0; place < names.length; place++) {
      const arm = arms[names[place]!]!;
      if (arm instanceof Future) {
        futures.push(arm);
        continue;
      }
      const { future, when, matches } = arm;
      futures.push(when === false ? undefined : future);
      if (when === false) future.drop();
      if (matches !== undefined) (patterns ??= [])[place] = matches;
    }
    this.order = order;
    this.names = names;
    this.futures = futures;
    this.patterns = patterns;
    this.hasElse = hasElse;
  }

  poll(waker: Waker): { arm: string; value: unknown } | Pending {
    const { futures } = this;
    const count = futures.length;
    const start = this.order === 'biased' || count === 0 ? 0 : this.order.below(count);
    let pending = false;
    for (let step = 0; step < count; step++) {
      const place = start + step < count ? start + step : start + step - count;
      const future = futures[place];
      if (future === undefined) continue;
      const value = future.poll(waker);
      if (value === PENDING) {
        pending = true;
        continue;
      }
      futures[place] = undefined;
      if (this.patterns?.[place]?.(value) === false) continue;
      this.drop();
      return { arm: this.names[place]!, value };
    }
    if (pending) return PENDING;
    // A loop around this must come to an end of its poll: nothing in it waits.
    if (this.hasElse) return waker.spend() ? { arm: 'else', value: undefined } : PENDING;
    return panic('all arms of a select are disabled and it has no else');
  }

  drop(): void {
    const { futures } = this;
    for (let place = 0; place < futures.length; place++) {
      futures[place]?.drop();
      futures[place] = undefined;
    }
  }

  override describe(): string {
    const arms = this.names.map((name, place) => {
      const said = this.futures[place]?.describe() ?? 'disabled';
      return said === name ? name : `${name}: ${said}`;
    });
    return `select of { ${arms.join(', ')} }`;
  }
}

class Race<T> extends Future<T> {
  private futures: readonly Future<T>[];

  constructor(futures: readonly Future<T>[]) {
    super();
    this.futures = futures;
  }

  poll(waker: Waker): T | Pending {
    for (const future of this.futures) {
      const value = future.poll(waker);
      if (value === PENDING) continue;
      this.futures = this.futures.filter((other) => other !== future);
      this.drop();
      return value;
    }
    return PENDING;
  }

  drop(): void {
    for (const future of this.futures) future.drop();
    this.futures = [];
  }

  override describe(): string {
    return `the first of { ${this.futures.map((future) => future.describe()).join(', ')} }`;
  }
}

/** The first of several futures that has a value, in list order; the others are dropped. */
export function race<T>(futures: readonly Future<T>[]): Future<T> {
  invariant(futures.length > 0, 'a race has a runner');
  return new Race(futures);
}

class JoinAll<T> extends Future<T[]> {
  private readonly futures: (Future<T> | undefined)[];
  private readonly values: T[];
  private left: number;

  constructor(futures: readonly Future<T>[]) {
    super();
    this.futures = [...futures];
    this.values = new Array<T>(futures.length);
    this.left = futures.length;
  }

  poll(waker: Waker): T[] | Pending {
    this.futures.forEach((future, place) => {
      const value = future === undefined ? PENDING : future.poll(waker);
      if (value === PENDING) return;
      this.values[place] = value;
      this.futures[place] = undefined;
      this.left--;
    });
    return this.left === 0 ? this.values : PENDING;
  }

  drop(): void {
    this.futures.forEach((future) => future?.drop());
    this.futures.fill(undefined);
  }

  override describe(): string {
    return `all of { ${this.futures.map((future) => future?.describe() ?? 'done').join(', ')} }`;
  }
}

/** The values of all futures, in list order; waits for the last of them. */
export function joinAll<T>(futures: readonly Future<T>[]): Future<T[]> {
  return new JoinAll(futures);
}
