// quicksoak incidents as a user meets it.
import test from 'ava';
import type { Incidents } from './commands/incidents.ts';
import { assertMistakes, quicksoak } from './quicksoak.test.fixture.ts';

test.serial('an unknown incident is refused, and none at all is no failure', async (t) => {
  await assertMistakes(t, [[['incidents', 'no-such-incident']], [['incidents', '--json', '--markdown']]]);
  const { stdout, code } = await quicksoak(['incidents', '--max-wall', '1ms', '--json']);
  t.true(code === 0 || code === 4);
  t.true((JSON.parse(stdout) as Incidents).reports.length <= 1);
});
