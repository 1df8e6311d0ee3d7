// A process that hosts whole libp2p once, with kills, respawns and broadcasts: `<seed> [<drain>]`; prints one line of JSON.
// Invariant: it prints the same for the same seed, on every Node.
import type { Drain } from '../hosted-simulation.ts';
import { drive } from './hosted-world.test.fixture.ts';
import { wholeLibp2p } from './libp2p.ts';

const [seed = 'libp2p', drain = 'tick'] = process.argv.slice(2);
const NODES = 5;
let delivered = 0;
const end = await drive(
  wholeLibp2p(),
  { nodes: NODES, seed, drain: drain as Drain, verifyOwners: true },
  async ({ simulation, world, at, node, start, run }) => {
    simulation.observer = { delivered: () => delivered++ };
    for (let round = 0; round < 4; round++) {
      at(3000 + round * 3000, () => {
        world.kill(node(1 + round));
        start(NODES + round);
      });
      at(5500 + round * 3000, () => world.broadcast(node(0), `round ${round} of ${seed}`));
    }
    await run(20_000);
  },
);
process.stdout.write(`${JSON.stringify({ ...end, delivered })}\n`);
