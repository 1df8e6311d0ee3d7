import test from 'ava';
import { channel } from './channel.ts';
import type { Receiver, Sender } from './channel.ts';
import type { TaskBody } from './future.ts';
import { Rig } from './rig.test.fixture.ts';
import { select } from './select.ts';
import { Oneshot } from './sync.ts';

function* sends(rig: Rig, sender: Sender<string>, items: readonly string[]): TaskBody<void> {
  try {
    for (const item of items) rig.say(`${item} ${(yield* sender.send(item)) ? 'sent' : 'refused'}`);
  } finally {
    sender.drop();
  }
}

/** Receives until the end. */
function* receives(rig: Rig, receiver: Receiver<string>): TaskBody<void> {
  for (;;) {
    const item = yield* receiver.recv();
    rig.say(`got ${item}`);
    if (item === undefined) return;
  }
}

test('a bounded channel holds its capacity and makes the next send wait', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(2);
  rig.run(sends(rig, sender, ['a', 'b', 'c']));
  t.deepEqual(rig.said(), ['a sent', 'b sent']);
  t.deepEqual(receiver.waiting, ['a', 'b']);
  t.is(sender.trySend('x'), 'full');
  t.is(receiver.tryRecv(), 'a');
  t.is(sender.trySend('x'), 'full', 'the place is kept for the sender that waits');
  rig.turn();
  t.deepEqual(rig.said(), ['c sent']);
  t.deepEqual(receiver.waiting, ['b', 'c']);
});

test('an unbounded channel never makes a send wait', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(Infinity);
  for (let count = 0; count < 5_000; count++) t.is(sender.trySend(String(count)), 'sent');
  for (let count = 0; count < 5_000; count++) t.is(receiver.tryRecv(), String(count));
  t.is(receiver.tryRecv(), undefined);
  rig.run(sends(rig, sender, ['a']));
  t.deepEqual(rig.said(), ['a sent']);
});

test('senders that wait are served in the order in which they began to', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(1);
  for (const name of ['a', 'b', 'c', 'd']) rig.spawn('test.sender', sends(rig, sender.clone(), [name]));
  sender.drop();
  rig.turn();
  rig.run(receives(rig, receiver));
  t.deepEqual(rig.said(), [
    'a sent',
    'got a',
    'b sent',
    'got b',
    'c sent',
    'got c',
    'd sent',
    'got d',
    'got undefined',
  ]);
});

test('a send that is cancelled while it waits sends nothing and lets the next one through', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(1);
  sender.trySend('x');
  const waits = rig.run(sends(rig, sender.clone(), ['a']));
  rig.run(sends(rig, sender.clone(), ['b']));
  waits.abort();
  rig.turn();
  t.is(receiver.tryRecv(), 'x');
  rig.turn();
  t.deepEqual(rig.said(), ['b sent']);
  t.is(receiver.tryRecv(), 'b');
  t.is(receiver.tryRecv(), undefined);
});

test('a send that is cancelled when there is room for it already has not sent, and passes the room on', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(1);
  sender.trySend('x');
  const waits = rig.run(sends(rig, sender.clone(), ['a']));
  rig.run(sends(rig, sender.clone(), ['b']));
  t.is(receiver.tryRecv(), 'x');
  waits.abort();
  rig.turn();
  t.deepEqual(rig.said(), ['b sent']);
  t.deepEqual(receiver.waiting, ['b']);
  t.is(receiver.tryRecv(), 'b');
  t.is(sender.trySend('y'), 'sent', 'no place stays kept');
});

test('a send that loses a select has not sent, though room and the winner came in one instant', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(1);
  const stop = new Oneshot<string>();
  sender.trySend('x');
  function* body(): TaskBody<string> {
    return (yield* select('biased', { stop: stop.recv(), send: sender.send('a') })).arm;
  }
  const task = rig.run(body());
  t.is(receiver.tryRecv(), 'x');
  stop.send('now');
  rig.turn();
  t.true(task.isFinished);
  t.is(receiver.tryRecv(), undefined);
  t.is(sender.trySend('y'), 'sent');
});

test('a cancelled receive loses nothing', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(4);
  const first = rig.run(receives(rig, receiver));
  sender.trySend('a');
  first.abort();
  rig.turn();
  t.deepEqual(rig.said(), []);
  rig.run(receives(rig, receiver));
  sender.trySend('b');
  rig.turn();
  t.deepEqual(rig.said(), ['got a', 'got b']);
});

test('a receiver that was handed on wakes its new holder, though the old one is cancelled later', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(4);
  const older = rig.run(receives(rig, receiver));
  rig.run(receives(rig, receiver));
  older.abort();
  rig.turn();
  sender.trySend('a');
  rig.turn();
  t.deepEqual(rig.said(), ['got a']);
});

test('once every sender is dropped, receives give what waits and then undefined', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(4);
  const clone = sender.clone();
  sender.trySend('a');
  clone.trySend('b');
  sender.drop();
  sender.drop();
  rig.run(receives(rig, receiver));
  t.deepEqual(rig.said(), ['got a', 'got b'], 'a clone is alive, and dropping one handle twice counts once');
  clone.drop();
  rig.turn();
  t.deepEqual(rig.said(), ['got undefined']);
});

test('a dropped receiver refuses senders, those that wait included, and gives up what waits', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(1);
  t.false(sender.isClosed);
  rig.run(sends(rig, sender.clone(), ['a', 'b', 'c']));
  receiver.drop();
  rig.turn();
  t.deepEqual(rig.said(), ['a sent', 'b refused', 'c refused']);
  t.true(sender.isClosed);
  t.is(sender.trySend('d'), 'closed');
  t.is(receiver.length, 0);
});

test('a receiver that is dropped after it made room refuses the sender that the room was for', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(1);
  sender.trySend('x');
  rig.run(sends(rig, sender, ['a']));
  receiver.tryRecv();
  receiver.drop();
  rig.turn();
  t.deepEqual(rig.said(), ['a refused']);
});

test('closed() waits until the receiver is gone, for every sender that asks', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(1);
  function* body(name: string): TaskBody<void> {
    yield* sender.closed();
    rig.say(`${name} is closed`);
  }
  rig.spawn('test.body', body('a'));
  const cancelled = rig.spawn('test.body', body('b'));
  rig.spawn('test.body', body('c'));
  rig.turn();
  cancelled.abort();
  rig.turn();
  receiver.drop();
  rig.turn();
  rig.run(body('d'));
  t.deepEqual(rig.said(), ['a is closed', 'c is closed', 'd is closed']);
});

test('one that hears of the end of a channel again and again achieves nothing by it', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(1);
  function* body(): TaskBody<void> {
    for (let times = 0; times < 1000; times++) yield* receiver.recv();
  }
  rig.spawn('test.body', body());
  rig.turn();
  sender.drop();
  rig.turn();
  const { polls, idlePolls } = rig.site('test.body');
  t.is(polls, 9, '128 receives to a poll');
  t.is(idlePolls, 6, 'the first two polls and the last achieved something');
});

test('a watched channel stands in the ledger while items wait that nobody receives', (t) => {
  const rig = new Rig();
  const subject = rig.simulation.peers.intern(5);
  const { sender, receiver } = channel<string>(8, { executor: rig.executor, site: 'gossip.inbox', subject });
  const buffers = (): number[] => [...rig.ledger.openEntries({ kind: 'buffer', subject })].map(({ bornUs }) => bornUs);
  const task = rig.run(receives(rig, receiver));
  sender.trySend('a');
  rig.turn();
  t.deepEqual(buffers(), [], 'what is received in the same instant never waited');
  task.abort();
  rig.runFor(10);
  sender.trySend('b');
  rig.turn();
  rig.runFor(10);
  sender.trySend('c');
  rig.turn();
  t.deepEqual(buffers(), [10]);
  receiver.tryRecv();
  rig.turn();
  t.deepEqual(buffers(), [20], 'the receiver turned');
  receiver.drop();
  rig.turn();
  t.deepEqual(rig.leftovers(), []);
});
