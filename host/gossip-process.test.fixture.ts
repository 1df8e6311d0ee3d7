// A process that hosts the gossip program once and prints digest, events and result: `<seed> <drain> [<seconds>]`.
// Invariant: it prints one line of JSON.
import { start } from './gossip-program.test.fixture.ts';
import { HostedSimulation } from './hosted-simulation.ts';
import type { Drain } from './hosted-simulation.ts';

const [seed = 'gossip', drain = 'tick', seconds = '20'] = process.argv.slice(2);
const host = new HostedSimulation({ seed, drain: drain as Drain, verifyOwners: process.argv[5] === 'verify' });
host.install();
const finish = await start(host, { nodes: 12 });
const outcome = await host.run(Number(seconds) * 1_000_000);
host.close();
const { digest, eventCount } = host.simulation;
process.stdout.write(
  `${JSON.stringify({ outcome, digest: digest.hex, eventCount, result: finish(), evidence: host.evidence.list() })}\n`,
);
