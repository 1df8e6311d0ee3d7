// The entry of the worker: hands messages of the page to a run, and its reports back.
// Invariant: nothing but the plumbing is here, so that everything else runs without a browser.
import type { Order } from './protocol.ts';
import { RunWorker } from './run-worker.ts';

/** What of a worker's global scope is used; the DOM's types know only a window's. */
interface WorkerScope {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent<Order>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
const channel = new MessageChannel();
let next: (() => void) | undefined = undefined;
channel.port1.onmessage = () => next?.();

const worker = new RunWorker({
  tell: (report) => scope.postMessage(report),
  nowMs: () => performance.now(),
  // A timer would wait at least four milliseconds.
  soon: (call) => {
    next = call;
    channel.port2.postMessage(undefined);
  },
});
scope.onmessage = ({ data }) => worker.take(data);
