import test from 'ava';
import { judgeSoak } from './judge.ts';
import type { SoakResult } from './judge.ts';
import { parseScenario, resolveScenario } from './scenario.ts';
import type { ScenarioInput } from './scenario.ts';

const PROFILES = ['kill-respawn', 'restart', 'graceful', 'rejoin', 'rolling-restart', 'mass-failure'];
const OTHERS = ['sessions-weibull', 'live-rotation', 'partition', 'none'];
const ROUGH = {
  jitterUs: 30_000,
  lossShare: 0.02,
  duplicateShare: 0.02,
  reorderShare: 0.05,
  clockSkewUs: 500_000,
  clockDriftPpm: 200,
};

function soaked(input: ScenarioInput): SoakResult {
  return judgeSoak(resolveScenario(parseScenario({ model: 'tls-proxy', nodes: 10, ...input }, 'test')), {
    twice: false,
  });
}

function broken({ verdicts }: SoakResult): string[] {
  return verdicts.filter(({ ok }) => !ok).map(({ name, figure }) => `${name}: ${figure}`);
}

test('without the defect every property holds under churn of every kind', (t) => {
  for (const name of [...PROFILES, ...OTHERS]) {
    for (const seed of ['0', '1']) {
      const result = soaked({ seed, profile: { name } });
      t.deepEqual(broken(result), [], `${name}, seed ${seed}`);
    }
  }
});

test('without the defect every property holds on a network that loses, reorders and drifts', (t) => {
  for (const name of ['kill-respawn', 'graceful', 'partition']) {
    t.deepEqual(broken(soaked({ seed: 'rough', profile: { name }, network: ROUGH })), [], name);
  }
});

test('with tls-close-notify-trailer the proxies spin, and nothing else breaks', (t) => {
  for (const name of ['kill-respawn', 'graceful', 'none']) {
    const result = soaked({ seed: '3', profile: { name }, defects: ['tls-close-notify-trailer'] });
    const red = result.verdicts.filter(({ ok }) => !ok);
    t.deepEqual(
      red.map((verdict) => verdict.name),
      ['no-busy-loop'],
      name,
    );
    t.is(red[0]!.evidence[0]?.subject, 'proxy.connection');
  }
});

test('the flame graph of the defect is led by the span bookkeeping of an idle poll', (t) => {
  const { record } = soaked({ defects: ['tls-close-notify-trailer'], profile: { name: 'none' } });
  const stacks = record.cost!.stacks.toSorted((a, b) => b.us - a.us);
  const frames = ['proxy.listener', 'proxy.connection', 'proxy', 'TlsStream<TcpStream>', 'poll_read'];
  t.deepEqual(stacks[0]!.stack.slice(0, 5), frames);
  t.true(stacks[0]!.stack.at(-1)!.startsWith('span.'));
  const spinUs = stacks.reduce((sum, { stack, us }) => sum + (frames.every((one, i) => stack[i] === one) ? us : 0), 0);
  t.true(spinUs > 0.9 * record.cost!.totalUs);
});

test('a share of 0 sends no trailer, so that the defect shows nothing', (t) => {
  const result = soaked({ config: { trailerShare: 0 }, defects: ['tls-close-notify-trailer'] });
  t.deepEqual(broken(result), []);
});
