// The work of a worker: runs one scenario, tells of it now and then, and answers questions about any moment of it.
// Invariant: it never works for long without turning to its messages; the run itself depends on the scenario alone.
import { InputError } from '../../sim/errors.ts';
import { parseScenario, resolveScenario } from '../../properties/soak/scenario.ts';
import type { Soak } from '../../properties/soak/scenario.ts';
import { soakSteps } from '../../properties/soak/run.ts';
import type { SoakProgress } from '../../properties/soak/run.ts';
import type { SoakRecord } from '../../properties/soak/record.ts';
import { judgeRecord } from '../../properties/soak/judge.ts';
import { runDataOf, runDataSoFar } from '../../properties/view/run-data-of.ts';
import { TopologyWatch } from '../../properties/view/topology-watch.ts';
import type { Asker, Order, Question, Report } from './protocol.ts';
import { bothObservers } from '../../properties/soak/both-observers.ts';
import { Replayer } from './replayer.ts';
import type { Work } from './replayer.ts';

/** Real time of one turn, in milliseconds. */
const TURN_MS = 25;
/** Virtual time between two looks at the clock, in microseconds. */
const SLICE_US = 1_000_000;
/** Least real time between two tellings, and how many times what the last one took there must be between two. */
const LEAST_TELL_MS = 100;
const TELL_SHARE = 8;
/** Most nodes of a run in a page: a tab's memory is not a server's. */
const MOST_PAGE_NODES = 5000;

/** What a worker needs of its surroundings. */
export interface Surroundings {
  tell(report: Report): void;
  /** Real time in milliseconds. */
  nowMs(): number;
  /** Calls back soon, after messages that wait. */
  soon(call: () => void): void;
}

interface Asked {
  readonly id: number;
  readonly asker: Asker;
  readonly question: Question;
  work: Work<unknown> | undefined;
}

/** See the file's head. */
export class RunWorker {
  private readonly around: Surroundings;
  private soak: Soak | undefined = undefined;
  private tool = '';
  private watch: TopologyWatch | undefined = undefined;
  private steps: Generator<SoakProgress, SoakRecord, undefined> | undefined = undefined;
  private progress: SoakProgress | undefined = undefined;
  private replayer: Replayer | undefined = undefined;
  private on = false;
  private over = false;
  private readonly asked: Asked[] = [];
  private awake = false;
  private wasAsked = false;
  private preparing: Work<void> | undefined = undefined;
  private nextTellMs = 0;

  constructor(around: Surroundings) {
    this.around = around;
  }

  /** Takes an order. */
  take(order: Order): void {
    switch (order.kind) {
      case 'load':
        this.guarded(() => this.load(order.scenario, order.where, order.tool));
        break;
      case 'run':
        this.on = order.on;
        if (!this.over) this.around.tell({ kind: 'phase', phase: order.on ? 'running' : 'paused' });
        break;
      case 'ask':
        this.ask(order);
        break;
    }
    this.wake();
  }

  private load(value: unknown, where: string, tool: string): void {
    const scenario = parseScenario(value, where);
    if (scenario.nodes > MOST_PAGE_NODES) {
      const message = `${where}: nodes: received ${scenario.nodes}, expected at most ${MOST_PAGE_NODES} in a page; the command quicksoak soak takes more`;
      throw new InputError('too-many-nodes', message, { nodes: scenario.nodes });
    }
    const soak = resolveScenario(scenario, where);
    this.soak = soak;
    this.tool = tool;
    const replayer = new Replayer(soak);
    this.replayer = replayer;
    this.steps = soakSteps(
      soak,
      {
        onStarted: ({ simulation }) => {
          this.watch = new TopologyWatch(simulation);
          let count = 0;
          const event = (atUs: number): void => replayer.times.note(++count, atUs);
          simulation.observer = bothObservers(simulation.observer ?? {}, { event });
        },
      },
      SLICE_US,
    );
  }

  private ask({ id, asker, question }: Extract<Order, { kind: 'ask' }>): void {
    // Of two questions of a kind only the newer is of interest: a cursor that is dragged asks many.
    const older = this.asked.findIndex((one) => one.asker === asker && one.question.kind === question.kind);
    if (older >= 0) {
      const [{ id: superseded }] = this.asked.splice(older, 1) as [Asked];
      this.around.tell({ kind: 'no-answer', id: superseded, sentence: 'a newer question came', superseded: true });
    }
    this.asked.push({ id, asker, question, work: undefined });
    this.wasAsked = true;
  }

  private wake(): void {
    if (this.awake) return;
    this.awake = true;
    this.around.soon(() => this.turn());
  }

  /** Questions come first: a person waits for them. */
  private turn(): void {
    this.awake = false;
    const untilMs = this.around.nowMs() + TURN_MS;
    while (this.around.nowMs() < untilMs) {
      if (this.answer() || this.advance() || this.prepare()) continue;
      return;
    }
    this.wake();
  }

  /** Works on the first question; false when there is none. */
  private answer(): boolean {
    const [first] = this.asked;
    if (first === undefined) return false;
    const { id, question } = first;
    const done = (report: Report): void => {
      const place = this.asked.indexOf(first);
      if (place < 0) return;
      this.asked.splice(place, 1);
      this.around.tell(report);
    };
    try {
      if (this.replayer === undefined) throw new InputError('no-run', 'received a question, expected a scenario first');
      if (this.progress !== undefined) this.replayer.checkpoints = this.progress.checkpoints;
      first.work ??= answerTo(this.replayer, question);
      const step = first.work.next();
      if (step.done === true) done({ kind: 'answer', id, answer: step.value as never });
    } catch (error) {
      done({ kind: 'no-answer', id, sentence: sentenceOf(error), superseded: false });
    }
    return true;
  }

  /** Runs on for a slice; false when there is nothing to run. */
  private advance(): boolean {
    const { steps } = this;
    if (!this.on || this.over || steps === undefined) return false;
    this.guarded(() => {
      const step = steps.next();
      if (step.done === true) this.finish(step.value);
      else {
        this.progress = step.value;
        this.tellProgress();
      }
    });
    return true;
  }

  /** Once somebody has asked and the run is over, what is asked next is made cheaper; false when that is done. */
  private prepare(): boolean {
    if (this.preparing === undefined) {
      if (!this.wasAsked || (this.on && !this.over) || this.replayer === undefined) return false;
      this.preparing = this.replayer.prepare(this.replayer.times.count);
    }
    return this.preparing.next().done !== true;
  }

  private tellProgress(): void {
    const nowMs = this.around.nowMs();
    if (nowMs < this.nextTellMs) return;
    const data = runDataSoFar(this.soak!, this.tool, this.watch!.track, this.progress);
    this.around.tell({ kind: 'data', data, phase: 'running' });
    const tookMs = this.around.nowMs() - nowMs;
    this.nextTellMs = nowMs + Math.max(LEAST_TELL_MS, tookMs * TELL_SHARE);
  }

  private finish(record: SoakRecord): void {
    this.over = true;
    const result = judgeRecord(this.soak!, record);
    this.around.tell({ kind: 'data', data: runDataOf(result, this.tool, this.watch!.track), phase: 'done' });
  }

  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.over = true;
      this.around.tell({ kind: 'mistake', sentence: sentenceOf(error) });
    }
  }
}

function* answerTo(replayer: Replayer, question: Question): Work<unknown> {
  switch (question.kind) {
    case 'event-at':
      return yield* replayer.event(yield* replayer.numberAt(question.atUs));
    case 'event':
      return yield* replayer.event(question.number);
    case 'node':
      return yield* replayer.node(question.peer, question.number);
    case 'messages':
      return yield* replayer.messages(question.fromUs, question.untilUs);
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof InputError) return error.message;
  return `a bug of quicksoak; please report it with the address of this page: ${String(error)}`;
}
