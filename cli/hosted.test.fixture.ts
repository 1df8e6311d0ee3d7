// Hosted models that go wrong in every way a package can, for the tests of the command `host`.
// Invariant: importing this module does nothing.
import { Worker } from 'node:worker_threads';
import { defineHosted } from '../host/model/define-hosted.ts';
import type { HostedModel } from '../host/model/define-hosted.ts';

export { members } from '../host/model/member.test.fixture.ts';

const LATER_MS = 20_000;

function wrong(name: string, goWrong: () => unknown): HostedModel {
  return defineHosted({
    name,
    summary: 'goes wrong on one node',
    longestTimerUs: 1_000_000,
    boot: (node) => {
      if (node.index === 1) setTimeout(() => void goWrong(), LATER_MS);
    },
  });
}

/** Ends the process. */
export const exits = wrong('exits', () => process.exit(3));
/** Never returns. */
export const blocks = wrong('blocks', () => {
  for (let n = 0; ; n++) if (n < 0) return;
});
/** Throws what nobody catches. */
export const throws = wrong('throws', () => {
  throw new RangeError('out of bounds');
});
/** Starts a thread, in which time is real. */
export const threads = wrong('threads', () => new Worker('setTimeout(() => {}, 1)', { eval: true }));
/** Cannot be imported. */
export const unimportable = defineHosted({
  name: 'unimportable',
  summary: 'cannot be imported',
  longestTimerUs: 0,
  // oxlint-disable-next-line import/no-dynamic-require -- the types know no such package
  load: () => import(String('no-such-package-anywhere')),
  boot: () => undefined,
});
/** Ends the process while it is imported. */
export const exitsEarly = defineHosted({
  name: 'exits-early',
  summary: 'ends the process while it is imported',
  longestTimerUs: 0,
  load: () => Promise.resolve(process.exit(0)),
  boot: () => undefined,
});
/** Never gets started. */
export const waits = defineHosted({
  name: 'waits',
  summary: 'starts with a promise that nobody settles',
  longestTimerUs: 1_000_000,
  boot: (node) => (node.index === 1 ? new Promise<undefined>(() => {}) : undefined),
});

const hoard: unknown[] = [];
/** Keeps 2 MiB more at each beat. */
export const hoards = wrong('hoards', () => setInterval(() => hoard.push(new Array(2 ** 18)), 1));
