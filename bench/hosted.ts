// Hosted runs as benchmark cases: a published package on virtual time, under a respawn every five virtual seconds.
// Invariant: the run is that of its scenario alone; the package is loaded before the clock is looked at.
import { gossipsubModel } from '../host/libp2p/gossipsub-model.ts';
import { catalogueWith, parseScenario, resolveScenario, runSoakAsync } from '../properties/index.ts';
import type { BenchCase } from './cases.ts';

const RELEASE = '17.1.1';
const MINUTES = 10;
const RESPAWN_US = 5_000_000;
/** Before the first respawn the nodes have found one another. */
const FIRST_US = 30_000_000;

/** Gossipsub between so many nodes for ten virtual minutes, with one publish per virtual second. */
export function hostedCase(nodes: number, isLong: boolean): BenchCase {
  return {
    name: `hosted-gossipsub-${nodes}`,
    summary: `gossipsub ${RELEASE}, unmodified: ${nodes} nodes, ${MINUTES} virtual minutes, a respawn per 5 s, a publish per 1 s`,
    heapMiB: 4_096,
    long: isLong,
    run: async () => {
      const model = gossipsubModel(RELEASE);
      await model.load!();
      const scenario = {
        model: model.name,
        seed: 'bench',
        nodes,
        for: `${MINUTES}m`,
        plan: respawns(nodes),
        workload: { broadcastsPerSecond: 1 },
      };
      const soak = resolveScenario(parseScenario(scenario, 'bench'), 'bench', catalogueWith({ models: [model] }));
      const startMs = performance.now();
      const startCpu = process.cpuUsage();
      const { digest, eventCount, endUs } = await runSoakAsync(soak, { observe: false });
      const seconds = (performance.now() - startMs) / 1000;
      const { user, system } = process.cpuUsage(startCpu);
      return {
        seconds,
        cpuSeconds: (user + system) / 1e6,
        events: eventCount,
        eventsPerSecond: eventCount / seconds,
        acceleration: endUs / 1e6 / seconds,
        digest,
        notes: {},
      };
    },
  };
}

/** Every five virtual seconds a node is killed, and a fresh one takes its place; the contacts stay. */
function respawns(nodes: number): object {
  const running = Array.from({ length: nodes }, (_, index) => index);
  const contacts = Math.min(3, Math.ceil(nodes / 4));
  const actions: object[] = [];
  for (let atUs = FIRST_US; atUs < (MINUTES * 60 - 5) * 1_000_000; atUs += RESPAWN_US) {
    const place = contacts + (actions.length % (nodes - contacts));
    const fresh = nodes + actions.length;
    actions.push({ atUs, kind: 'respawn', peer: running[place], fresh });
    running[place] = fresh;
  }
  return { version: 1, actions };
}
