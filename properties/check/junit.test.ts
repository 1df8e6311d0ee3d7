import test from 'ava';
import { broken, holds, notJudged } from '../property.ts';
import { junitOfVerdicts } from './junit.ts';

test('a property is a test: passed, failed with its evidence, or skipped', (t) => {
  const evidence = [{ subject: 's', text: 'a < b & "c"\u0000', data: {} }];
  const text = junitOfVerdicts('logs "x"', [
    holds('one', 'fine', 'b'),
    broken('two', 'bad <', 'b', evidence, undefined),
    notJudged('three', 'no calm', 'b'),
  ]);
  t.deepEqual(text.split('\n'), [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites tests="3" failures="1" errors="0">',
    '<testsuite name="logs &quot;x&quot;" tests="3" failures="1" errors="0" skipped="1">',
    '<testcase name="one" classname="logs &quot;x&quot;"/>',
    '<testcase name="two" classname="logs &quot;x&quot;"><failure type="two" message="bad &lt;">a &lt; b &amp; "c"\u{FFFD}</failure></testcase>',
    '<testcase name="three" classname="logs &quot;x&quot;"><skipped message="not judged: no calm"/></testcase>',
    '</testsuite>',
    '</testsuites>',
    '',
  ]);
});
