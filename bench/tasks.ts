// What the pieces of the task runtime cost: awaits over channels, selects that lose a timer, spawns, wake-ups.
// Invariant: a call does the same work every time, and leaves the world as it found it but for virtual time.
import { TaskNode } from '../sim/tasks/task-node.ts';
import { channel } from '../sim/tasks/channel.ts';
import { Notify } from '../sim/tasks/sync.ts';
import { select } from '../sim/tasks/select.ts';
import { sleep } from '../sim/tasks/timers.ts';
import type { TaskBody } from '../sim/tasks/future.ts';
import { Ledger } from '../sim/ledger/ledger.ts';
import { Simulation } from '../sim/index.ts';

/** One micro benchmark of tasks. */
export interface TaskBench {
  readonly name: string;
  /** Does `times` of what the name says. */
  run(times: number): void;
}

/** Every micro benchmark of tasks, in the order shown. Each has a world of its own, with a ledger, without costs. */
export function taskBenches(): TaskBench[] {
  return [roundTrips(), selects(), spawns(), wakes(1_000), wakes(100_000)];
}

class BenchNode extends TaskNode {
  override receive(): void {}

  /** Lets ready tasks run, and virtual time pass. */
  turn(): void {
    this.executor.drain();
    this.simulation.run({ untilUs: this.simulation.nowUs + 1 });
  }
}

function benchNode(): BenchNode {
  const simulation = new Simulation({ seed: 'tasks' });
  simulation.ledger = new Ledger(simulation);
  const node = new BenchNode(simulation.streams.stream('tasks'));
  simulation.attach(node, simulation.peers.intern(1));
  return node;
}

function roundTrips(): TaskBench {
  const node = benchNode();
  const [there, back] = [channel<number>(1), channel<number>(1)];
  function* caller(): TaskBody<void> {
    for (;;) {
      const left = (yield* back.receiver.recv())!;
      if (left > 0) yield* there.sender.send(left - 1);
    }
  }
  function* answerer(): TaskBody<void> {
    for (;;) yield* back.sender.send((yield* there.receiver.recv())!);
  }
  node.executor.spawn('bench.caller', caller());
  node.executor.spawn('bench.answerer', answerer());
  return {
    name: 'tasks: round trip over two channels (2 polls, 4 awaits)',
    run: (times) => {
      back.sender.trySend(times);
      node.turn();
    },
  };
}

function selects(): TaskBench {
  const node = benchNode();
  const [items, acks] = [channel<number>(1), channel<number>(1)];
  const stop = new Notify();
  function* loop(): TaskBody<void> {
    for (;;) {
      const won = yield* select('biased', {
        stop: stop.notified(),
        item: items.receiver.recv(),
        idle: sleep(node.executor, 1_000_000),
      });
      if (won.arm === 'item' && won.value! > 0) acks.sender.trySend(won.value! - 1);
    }
  }
  function* feeder(): TaskBody<void> {
    for (;;) items.sender.trySend((yield* acks.receiver.recv())!);
  }
  node.executor.spawn('bench.loop', loop());
  node.executor.spawn('bench.feeder', feeder());
  return {
    name: 'tasks: select of 3 arms, one a sleep that loses (2 polls)',
    run: (times) => {
      items.sender.trySend(times);
      node.turn();
    },
  };
}

function spawns(): TaskBench {
  const node = benchNode();
  const idle = new Notify();
  function* body(): TaskBody<void> {
    idle.notifyOne();
    yield* idle.notified();
  }
  return {
    name: 'tasks: spawn, one await, finish',
    run: (times) => {
      for (let count = 0; count < times; count++) {
        node.executor.spawn('bench.body', body());
        node.executor.drain();
      }
      node.turn();
    },
  };
}

function wakes(parked: number): TaskBench {
  const node = benchNode();
  const bells = Array.from({ length: parked }, () => new Notify());
  function* body(bell: Notify): TaskBody<void> {
    for (;;) yield* bell.notified();
  }
  for (const bell of bells) node.executor.spawn('bench.parked', body(bell));
  node.turn();
  let next = 0;
  return {
    name: `tasks: wake one of ${parked.toLocaleString('en')} that are parked`,
    run: (times) => {
      for (let count = 0; count < times; count++) {
        bells[next]!.notifyOne();
        next = (next + 1) % parked;
        node.executor.drain();
      }
      node.turn();
    },
  };
}
