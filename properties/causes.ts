// Causes: what a finding is, apart from the seed and the peers that showed it.
// Invariant: a cause depends on a property's name and its evidence's subjects alone, so findings of two runs can be told
// to be the same one.
import type { Verdict } from './property.ts';

/** What broke and where: a property with a path class, a site or a pair of any peers. */
export interface Cause {
  readonly property: string;
  /** A subject of evidence in which peers have no names, such as `task gossip.connection-loop` or `p* > p*`. */
  readonly where: string;
}

/** The causes of a judged run: one for each property that broke and each place its evidence points at, in their order. */
export function causesOf(verdicts: readonly Pick<Verdict, 'name' | 'ok' | 'evidence'>[]): Cause[] {
  const causes = new Map<string, Cause>();
  for (const { name, ok, evidence } of verdicts) {
    if (ok) continue;
    const places = evidence.length === 0 ? [''] : evidence.map(({ subject }) => anonymous(subject));
    for (const where of places) {
      const cause = { property: name, where };
      causes.set(causeText(cause), cause);
    }
  }
  return [...causes.values()];
}

/** A cause as one line, such as `tasks-finish: task gossip.connection-loop`; equal for equal causes. */
export function causeText({ property, where }: Cause): string {
  return where === '' ? property : `${property}: ${where}`;
}

/** A subject in which a peer is any peer, and a calm any calm. */
function anonymous(subject: string): string {
  return subject.replaceAll(/\bp\d+\b/g, 'p*').replaceAll(/\bcalm \d+\b/g, 'a calm');
}
