import test from 'ava';
import { Digest } from '../../sim/digest.ts';
import { METER } from '../../sim/meters.ts';
import { EVENT } from '../../sim/simulation.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { startSoak } from './run.ts';
import { parseScenario, resolveScenario } from './scenario.ts';

/** Ticks that may have passed since a node last accounted for them: its ping interval's. */
const MOST_UNTOLD_TICKS = 150;
const NODES = 12;

/** Every event but the ticks, what each handled, and what came of it all. */
function run(seed: string, profile: string, elideIdleTicks: boolean): Outcome {
  const scenario = {
    model: 'mesh',
    nodes: NODES,
    seed,
    profile: { name: profile, params: profile === 'none' ? {} : { waves: 1 } },
    workload: { broadcastsPerSecond: 0.5 },
    config: { app: { elideIdleTicks } },
  };
  const soak = resolveScenario(parseScenario(scenario, 'test'));
  const digest = new Digest();
  let ticks = 0;
  const observer = {
    event: (timeUs: number, { serial }: { serial: number }, kind: number, payload: unknown): void => {
      const { kind: name } = payload as { kind?: string };
      if (kind === EVENT.timer && name === 'tick') ticks++;
      else {
        digest.event(timeUs, serial, kind);
        digest.text(name ?? 'action');
      }
    },
  };
  const { simulation } = startSoak(soak, { observer, keepCosts: true });
  simulation.run({ untilUs: soak.endUs });
  return { digest: digest.hex, ticks, simulation };
}

interface Outcome {
  readonly digest: string;
  readonly ticks: number;
  readonly simulation: Simulation;
}

/** Calls by stack, those of the tick's own task apart. */
function calls({ simulation }: Outcome): { ofTicks: Map<string, number>; others: Map<string, number> } {
  const ofTicks = new Map<string, number>();
  const others = new Map<string, number>();
  for (const { stack, count } of simulation.costs!.stacks()) {
    const name = stack.join('/');
    (name.startsWith('mesh.run_gossip/') ? ofTicks : others).set(name, count);
  }
  return { ofTicks, others };
}

for (const profile of ['kill-respawn', 'live-rotation', 'graceful', 'partition']) {
  test(`ticks that find nothing change nothing when they are left out, under ${profile}`, (t) => {
    const [whole, elided] = [run('elision', profile, false), run('elision', profile, true)];
    t.true(elided.ticks * 20 < whole.ticks, `${elided.ticks} of ${whole.ticks} ticks were left`);
    t.is(elided.digest, whole.digest);
    const { timersFired, ...meters } = metersOf(elided.simulation);
    const { timersFired: allFired, ...allMeters } = metersOf(whole.simulation);
    t.deepEqual(meters, allMeters);
    t.is(allFired! - timersFired!, whole.ticks - elided.ticks);
    const [all, some] = [calls(whole), calls(elided)];
    t.deepEqual(some.others, all.others);
    t.deepEqual([...some.ofTicks.keys()].sort(), [...all.ofTicks.keys()].sort());
    for (const [name, count] of all.ofTicks) {
      const untold = count - some.ofTicks.get(name)!;
      // What has passed since the last ping is not told yet; a look is one per discovered peer.
      const most = NODES * MOST_UNTOLD_TICKS * (name.endsWith('/look') ? NODES : 1);
      t.true(untold >= 0 && untold <= most, `${name}: ${untold} of ${count} are missing, expected up to ${most}`);
    }
  });
}

function metersOf(simulation: Simulation): Record<string, number> {
  return Object.fromEntries(Object.entries(METER).map(([name, index]) => [name, simulation.meters.counts[index]!]));
}
