// What the tests of soak properties try: a model of one's own with a switch that leaks, and the worker of the README.
// Invariant: with the switches off neither breaks a property under any churn that is drawn.
import { interval, sleep } from '../../sim/tasks/timers.ts';
import { channel } from '../../sim/tasks/channel.ts';
import type { Receiver, Sender } from '../../sim/tasks/channel.ts';
import { costTable } from '../../sim/cost/table.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import { select } from '../../sim/tasks/select.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import { defineModel, typesOf } from '../../models/index.ts';
import type { Model } from '../../models/model.ts';
import { swarm } from '../../models/swarm.ts';

const SECOND_US = 1_000_000;

/** Nodes greet whom they know every few seconds, and forget who is gone; with `departed-kept` they do not. */
export const greeters = defineModel({
  name: 'greeters',
  summary: 'nodes that greet whom they know',
  config: { everyUs: 5 * SECOND_US },
  defects: { 'departed-kept': 'whoever has gone stays among those it knew' },
  longestTimerUs: ({ everyUs }) => everyUs,
  types: typesOf<{ message: 'hello'; timer: 'greet' }>(),
  state: () => ({ known: new Set<PeerId>(), met: new Set<PeerId>() }),
  handle: (state, input, io) => {
    switch (input.kind) {
      case 'start':
      case 'timer':
        for (const peer of io.askContacts()) if (peer !== io.self) state.known.add(peer);
        for (const peer of state.known) io.send(peer, 'hello');
        io.setTimer(io.config.everyUs, 'greet');
        return;
      case 'message':
        state.known.add(input.from);
        state.met.add(input.from);
        return;
      case 'closed':
        state.known.delete(input.peer);
        if (!io.defects['departed-kept']) state.met.delete(input.peer);
        break;
      default:
    }
  },
});

/** The README's: two tasks and a channel on each node, and a span per job. */
class Worker extends TaskNode {
  begin(leaks: boolean): void {
    const { sender, receiver } = channel<number>(8);
    this.executor.spawn('worker.produce', this.produce(sender), { owns: [sender] });
    this.executor.spawn('worker.consume', this.consume(receiver, leaks), { owns: [receiver] });
    this.executor.drain();
  }

  override receive(): void {}

  private *produce(jobs: Sender<number>): TaskBody<void> {
    const second = interval(this.executor, SECOND_US, 'second');
    try {
      for (let job = 0; yield* jobs.send(job); job++) yield* second.tick();
    } finally {
      second.drop();
    }
  }

  private *consume(jobs: Receiver<number>, leaks: boolean): TaskBody<void> {
    for (;;) {
      const late = sleep(this.executor, 5 * SECOND_US, 'late');
      const next = yield* select('biased', { job: jobs.recv(), late });
      if (next.arm === 'late' || next.value === undefined) return;
      const span = this.simulation.ledger?.open('span', this, undefined, 'worker.job', 500);
      if (span !== undefined && !leaks) this.simulation.ledger?.close(span, 'done');
    }
  }
}

/** Workers, who send nothing; with `job-span-kept` the span of a job is never closed. */
export const workers: Model = {
  ...swarm,
  name: 'workers',
  acts: [],
  switchedActs: [],
  defects: [{ id: 'job-span-kept', source: 'the README', layer: 'worker', summary: 'the span of a job stays open' }],
  costs: costTable({ poll: 1 }),
  longestTimerUs: () => 5 * SECOND_US,
  longestRetentionUs: () => 0,
  retention: () => [],
  build: ({ simulation, network, defects }) => ({
    network,
    start(peer: PeerId) {
      const random = simulation.streams.stream(`node/${peer.index}/${peer.incarnations + 1}`);
      const node = new Worker(random, network.clockOf(peer));
      simulation.attach(node, peer);
      node.begin(defects.has('job-span-kept'));
      return node;
    },
    stop(node: Node) {
      (node as Worker).executor.abortAll();
      simulation.detach(node, 'stopped');
    },
    kill(node: Node) {
      (node as Worker).executor.end();
      simulation.detach(node, 'killed');
    },
    act: () => false,
    broadcast: () => false,
    classOf: (payload: unknown) => (payload as { kind: string }).kind,
  }),
};
