// The verdicts of a check as JUnit XML, which CI systems read: a test for each property.
// Invariant: well-formed whatever names and evidence hold; no times, so that equal checks give equal files.
import type { Verdict } from '../property.ts';
import { xmlAttribute, xmlContent } from '../xml.ts';

/** The report of a check. @param name - Names the suite, such as the logs that were read. */
export function junitOfVerdicts(name: string, verdicts: readonly Verdict[]): string {
  const failures = verdicts.filter(({ ok }) => !ok).length;
  const skipped = verdicts.filter(({ judged }) => !judged).length;
  const counts = `tests="${verdicts.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts.replace(/ skipped="\d+"/, '')}>`,
    `<testsuite name="${xmlAttribute(name)}" ${counts}>`,
    ...verdicts.map((verdict) => caseOf(name, verdict)),
    '</testsuite>',
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function caseOf(suite: string, { name, ok, judged, figure, evidence }: Verdict): string {
  const opening = `<testcase name="${xmlAttribute(name)}" classname="${xmlAttribute(suite)}"`;
  if (!judged) return `${opening}><skipped message="${xmlAttribute(figure)}"/></testcase>`;
  if (ok) return `${opening}/>`;
  const text = evidence.map((one) => one.text).join('\n');
  return `${opening}><failure type="${xmlAttribute(name)}" message="${xmlAttribute(figure)}">${xmlContent(text)}</failure></testcase>`;
}
