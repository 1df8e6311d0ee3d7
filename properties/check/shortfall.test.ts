import test from 'ava';
import { holds, notJudged } from '../property.ts';
import type { CalmRecord } from '../soak/record.ts';
import { shortfallOf } from './shortfall.ts';
import type { Shortfall } from './shortfall.ts';

const VERDICTS = [holds('one', '0', 'b'), notJudged('two', 'no calm', 'b')];
const S = 1_000_000;

function shortfall(calms: number, endS: number, longestS: number, warmUpS = 0): Shortfall | undefined {
  const record = { calms: Array.from({ length: calms }, () => ({}) as CalmRecord), endUs: endS * S };
  return shortfallOf(VERDICTS, record, { calmUs: 60 * S, warmUpUs: warmUpS * S }, longestS * S);
}

test('a log without a calm is too short for one, or never quiet for so long, and says which', (t) => {
  t.like(shortfall(0, 50, 50), { judged: 1, asked: 2, calms: 0 });
  t.regex(shortfall(0, 50, 50)!.text, /ends 50s after its first event, before its first calm of 1m could;/);
  t.regex(shortfall(0, 80, 50, 30)!.text, /before its first calm of 1m could, after a warm-up of 30s;/);
  t.regex(shortfall(0, 3600, 50)!.text, /ends 1h .* longest stretch without churn is 50s, shorter than a calm of 1m;/);
});

test('too few calms to tell growth by are told, enough of them are not', (t) => {
  t.regex(shortfall(1, 3600, 60)!.text, /^only 1 of 2 properties judged: the log has 1 calm, and growth /);
  t.is(shortfall(3, 3600, 60)?.calms, 3);
  t.is(shortfall(4, 3600, 60), undefined);
  t.is(shortfallOf([VERDICTS[0]!], { calms: [], endUs: S }, { calmUs: 60 * S, warmUpUs: 0 }, 0), undefined);
});
