// Where a thread is that does not come back: its stack, by the inspector's own connection to it.
// Invariant: the thread goes on as it was, since one that is paused cannot be ended; no other thread is touched.
import type { Session } from 'node:inspector';
import type { Worker } from 'node:worker_threads';

/** Real milliseconds that the answer may take. */
const MOST_MS = 10_000;
/** Real milliseconds within which a thread goes on that was told to. */
const SETTLE_MS = 50;

/** What a worker's inspector says, as far as it is read. */
interface Said {
  readonly method?: string;
  readonly params?: {
    readonly scriptId?: string;
    readonly url?: string;
    readonly callFrames?: readonly {
      readonly functionName: string;
      readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number };
    }[];
  };
}

/** The stack of a worker that computes, one frame a line, innermost first; empty when it cannot be told. */
export async function stackOfBlocked(worker: Worker): Promise<string> {
  try {
    const inspector = await import('node:inspector');
    const session = new inspector.Session();
    session.connect();
    try {
      return await stackBy(session, worker.threadId);
    } finally {
      session.disconnect();
    }
  } catch {
    // A Node that was built without an inspector has nobody to ask.
    return '';
  }
}

function say(session: Session, sessionId: string, methods: readonly string[]): void {
  for (const method of methods) {
    const message = JSON.stringify({ id: 1, method });
    session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
  }
}

function stackBy(session: Session, threadId: number): Promise<string> {
  const urls = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let attached: string | undefined;
  return new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(''), MOST_MS);
    session.on('NodeWorker.attachedToWorker', ({ params }) => {
      // Its `workerId` counts the workers that this session has met; the title has the thread's own number.
      if (!`${params.workerInfo.title} `.startsWith(`[worker ${threadId}] `)) return;
      attached = params.sessionId;
      say(session, params.sessionId, ['Debugger.enable', 'Debugger.pause']);
    });
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      if (params.sessionId !== attached) return;
      const { method, params: told = {} } = JSON.parse(params.message) as Said;
      if (method === 'Debugger.scriptParsed') urls.set(told.scriptId ?? '', told.url ?? '');
      if (method !== 'Debugger.paused') return;
      const frames = (told.callFrames ?? []).map(({ functionName, location }) => {
        const place = `${urls.get(location.scriptId) ?? ''}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
        return `    at ${functionName === '' ? place : `${functionName} (${place})`}`;
      });
      say(session, params.sessionId, ['Debugger.resume', 'Debugger.disable']);
      // What was said must arrive before the connection is cut.
      setTimeout(() => resolve(frames.join('\n')), SETTLE_MS);
    });
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }).finally(() => clearTimeout(timer));
}
