// quicksoak figures as a user meets it.
import test from 'ava';
import type { Figures } from './commands/figures.ts';
import { assertMistakes, quicksoak } from './quicksoak.test.fixture.ts';

test.serial('a small experiment prints its table and ends with 0', async (t) => {
  const { code, stdout, stderr } = await quicksoak(['figures', '--quick', '--only', 'one-sender-20']);
  t.is(code, 0);
  t.is(stderr, '');
  t.regex(stdout, /^quicksoak \d+\.\d+\.\d+\n/);
  t.regex(stdout, /\nreference\/one-sender-20 {2}20 nodes, one sender/);
  t.regex(stdout, /\n +seed +RMR mean .*\n +0 +0\.\d+/);
});

test.serial('--json gives published, measured and every round as data', async (t) => {
  const { code, stdout, stderr } = await quicksoak(['figures', '--only', 'assertion', '--seeds', '2', '--json']);
  t.is(code, 0);
  t.is(stderr, '');
  const figures = JSON.parse(stdout) as Figures;
  t.like(figures, { quick: false, interrupted: false });
  const [report] = figures.reports;
  t.deepEqual(
    report!.series.map(({ name, rounds }) => [name, rounds.length]),
    [
      ['seed 0', 30],
      ['seed 1', 30],
    ],
  );
  t.deepEqual(
    report!.comparisons.map(({ figure, off, measured }) => [figure, off, measured.count]),
    [
      ['deliveries missed per round', false, 2],
      ['mean LDH', false, 2],
      ['mean RMR', false, 2],
    ],
  );
});

test.serial('an unknown experiment and a bad count of seeds are refused in a sentence', async (t) => {
  await assertMistakes(t, [
    [['figures', '--only', 'papers/overlai'], 'did you mean "papers/overlay"?'],
    [['figures', '--seeds', '0'], '--seeds'],
  ]);
});
