// Runs as a page has them: live in a worker of their own, or from the file, with a worker that only answers questions.
// Invariant: a run that is closed leaves no worker behind, and no question of it is ever answered.
import { signal } from '@preact/signals';
import type { Scenario } from '../../properties/soak/scenario.ts';
import type { RunData } from '../../properties/view/run-data.ts';
import type { Answers, Asker, Order, Question, Report } from './protocol.ts';
import type { EventView, MessageWindow, NodeView, RunPhase, RunView } from './run-view.ts';

/** Starts a worker; the page knows where its code is. */
export type StartWorker = () => Worker;

/** A question that was not answered because a newer one of its kind came. */
export class Superseded extends Error {}

/**
 * Runs a scenario in a worker.
 *
 * @param scenario - As somebody wrote it; what is wrong with it is told by `mistake`.
 */
export function liveRun(scenario: unknown, where: string, tool: string, startWorker: StartWorker): RunView {
  const run = new WorkerRun('live', startWorker);
  run.order({ kind: 'load', scenario, where, tool });
  run.order({ kind: 'run', on: true });
  return run;
}

/** A run that is over, as the file has it; asked about its events it is repeated. */
export function finishedRun(data: RunData, startWorker: StartWorker): RunView {
  return new WorkerRun('file', startWorker, data);
}

class WorkerRun implements RunView {
  readonly kind: RunView['kind'];
  readonly data = signal<RunData | undefined>(undefined);
  readonly phase = signal<RunPhase>('loading');
  readonly mistake = signal<string | undefined>(undefined);
  readonly unaskable: string | undefined;
  private readonly startWorker: StartWorker;
  private worker: Worker | undefined = undefined;
  private readonly waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  private lastId = 0;
  private closed = false;

  constructor(kind: RunView['kind'], startWorker: StartWorker, data?: RunData) {
    this.kind = kind;
    this.startWorker = startWorker;
    this.unaskable =
      data?.repeatable === false
        ? 'This run is of a model that is not part of quicksoak, so this page cannot repeat it; what is shown was kept when it ran.'
        : undefined;
    if (data === undefined) return;
    this.data.value = data;
    this.phase.value = 'done';
  }

  setRunning(on: boolean): void {
    if (this.kind === 'live') this.order({ kind: 'run', on });
  }

  eventAt(atUs: number, asker: Asker = 'view'): Promise<EventView> {
    return this.ask({ kind: 'event-at', atUs }, asker);
  }

  event(number: number, asker: Asker = 'view'): Promise<EventView> {
    return this.ask({ kind: 'event', number }, asker);
  }

  node(peer: number, number: number): Promise<NodeView> {
    return this.ask({ kind: 'node', peer, number });
  }

  messages(fromUs: number, untilUs: number): Promise<MessageWindow> {
    return this.ask({ kind: 'messages', fromUs, untilUs });
  }

  close(): void {
    this.closed = true;
    this.worker?.terminate();
    this.worker = undefined;
    this.waiting.clear();
  }

  order(order: Order): void {
    if (!this.closed) this.running().postMessage(order);
  }

  private ask<Asked extends Question>(question: Asked, asker: Asker = 'view'): Promise<Answers[Asked['kind']]> {
    if (this.unaskable !== undefined) return Promise.reject(new Error(this.unaskable));
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.order({ kind: 'ask', id, asker, question });
    });
  }

  /** The worker; that of a finished run begins when it is first asked. */
  private running(): Worker {
    if (this.worker !== undefined) return this.worker;
    const worker = this.startWorker();
    this.worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Report>) => this.take(data);
    worker.onerror = (event) => {
      this.mistake.value = `The worker of this page failed: ${event.message}`;
      this.phase.value = 'failed';
    };
    const data = this.data.value;
    if (data !== undefined) {
      const { scenario, tool } = data as { scenario: Scenario; tool: string };
      worker.postMessage({ kind: 'load', scenario, where: 'the run of this file', tool } satisfies Order);
    }
    return worker;
  }

  private take(report: Report): void {
    if (this.closed) return;
    switch (report.kind) {
      case 'data':
        this.data.value = report.data;
        this.phase.value = report.phase;
        break;
      case 'phase':
        this.phase.value = report.phase;
        break;
      case 'mistake':
        this.mistake.value = report.sentence;
        this.phase.value = 'failed';
        break;
      case 'answer':
        this.waiting.get(report.id)?.resolve(report.answer as never);
        this.waiting.delete(report.id);
        break;
      case 'no-answer': {
        const { sentence, superseded } = report;
        this.waiting.get(report.id)?.reject(superseded ? new Superseded(sentence) : new Error(sentence));
        this.waiting.delete(report.id);
        break;
      }
    }
  }
}
