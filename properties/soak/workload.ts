// The workload: broadcasts by random live nodes, as a Poisson process, through churn and calms alike.
// Invariant: it draws from a stream of its own, so that it is the same whatever else the run does.
import { MAX_DURATION_US } from '../../sim/duration.ts';
import { sampler } from '../../sim/random/distributions.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import type { Soak } from './scenario.ts';

/** Schedules broadcasts at the scenario's rate (per virtual second over the whole mesh), one at a time. */
export function scheduleWorkload(simulation: Simulation, world: World, soak: Soak): void {
  const { broadcastsPerSecond, payloadBytes } = soak.workload;
  if (broadcastsPerSecond === 0) return;
  const random = simulation.streams.stream('workload');
  const meanUs = Math.min(MAX_DURATION_US, Math.round(1_000_000 / broadcastsPerSecond));
  const gapUs = sampler({ kind: 'exponential', meanUs }, 1);
  const filler = 'x'.repeat(payloadBytes);
  let sequence = 0;
  const next = (): void => {
    simulation.at(simulation.nowUs + gapUs(random), () => {
      const node = random.pick(simulation.live);
      sequence++;
      if (node !== undefined) world.broadcast(node, `${soak.seed}/${sequence}/${filler}`);
      next();
    });
  };
  next();
}
