// ledger-balanced: every opened entry is closed exactly once by the time its owner ends.
// Invariant: a killed owner's entries are reclaimed, as by an operating system; one that stopped must have closed its own.
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import type { SoakRecord } from '../soak/record.ts';

const NAME = 'ledger-balanced';
const BOUND = 'each entry closed once, none left by a stopped owner';

/** Every opened entry is closed exactly once by the time its owner ends; nothing is closed twice. */
export const ledgerBalanced: Property = {
  name: NAME,
  summary: 'every opened entry is closed exactly once by the time its owner ends',
  judge,
};

function judge({ ledger }: SoakRecord): Verdict {
  if (ledger === undefined) return notJudged(NAME, 'no ledger was kept', BOUND);
  const leaks = ledger.sites.filter(({ leakedAtStop }) => leakedAtStop > 0);
  const opened = ledger.sites.reduce((sum, site) => sum + site.opened, 0);
  const leaked = leaks.reduce((sum, site) => sum + site.leakedAtStop, 0);
  const figure = `${opened} opened, ${ledger.openCount} open, ${leaked} left behind, ${ledger.errorCount} mistakes`;
  if (leaked === 0 && ledger.errorCount === 0) return holds(NAME, figure, BOUND);
  const evidence: Evidence[] = leaks.map(({ kind, site, leakedAtStop, firstLeakUs }) => ({
    subject: `${kind} ${site}`,
    text: `${kind} opened at ${site}: ${leakedAtStop} still open when their owner had stopped`,
    data: { kind, site, leakedAtStop, firstLeakUs },
  }));
  for (const { code, kind, site, atUs } of ledger.errors.slice(0, 10)) {
    evidence.push({
      subject: `${kind} ${site}`,
      text: `${kind ?? 'an entry'} of ${site ?? 'no known site'}: ${code}`,
      data: { code, kind, site, atUs },
    });
  }
  const moments = [
    ...leaks.map(({ firstLeakUs }) => firstLeakUs ?? Infinity),
    ...ledger.errors.map(({ atUs }) => atUs),
  ];
  return broken(NAME, figure, BOUND, evidence, Math.min(...moments));
}
