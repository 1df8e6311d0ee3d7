// A thread of its own for long work, so that the main thread can listen to the keyboard.
// Invariant: what it tells is plain data; a mistake of the user is told as one, and any other error ends the thread.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { InputError } from '../sim/errors.ts';
import type { Catalogue } from '../properties/catalogue.ts';
import type { IncidentReport } from '../properties/incidents/report.ts';
import type { ShrinkStep } from '../properties/shrink/shrink.ts';
import { catalogueOf } from './own-parts.ts';
import { inTask, loadModel } from './own-task.ts';
import { workAblate } from './work/ablate.ts';
import type { AblatedRuns, AblateOrder } from './work/ablate.ts';
import { workExplain } from './work/explain.ts';
import type { ExplainedRun, ExplainOrder } from './work/explain.ts';
import { workIncidents } from './work/incidents.ts';
import type { IncidentsOrder, PlayedIncidents } from './work/incidents.ts';
import { workShrink } from './work/shrink.ts';
import type { ShrinkOrder, ShrunkRun, UnseenRun } from './work/shrink.ts';
import { workSoak } from './work/soak.ts';
import type { JudgedRun, SoakOrder } from './work/soak.ts';
import { Watch } from './work/watch.ts';

/** The kinds of work: what each is asked for. */
export interface WorkOrders {
  readonly soak: SoakOrder;
  readonly ablate: AblateOrder;
  readonly incidents: IncidentsOrder;
  readonly shrink: ShrinkOrder;
  readonly explain: ExplainOrder;
}

/** What each kind of work gives. */
export interface WorkResults {
  readonly soak: JudgedRun;
  readonly ablate: AblatedRuns;
  readonly incidents: PlayedIncidents;
  readonly shrink: ShrunkRun | UnseenRun;
  readonly explain: ExplainedRun;
}

/** A kind of work and its order. */
export type Work = {
  readonly [Kind in keyof WorkOrders]: { readonly kind: Kind; readonly order: WorkOrders[Kind] };
}[keyof WorkOrders];

/** What the thread tells. */
export type WorkNews =
  | { readonly kind: 'header'; readonly header: readonly string[] }
  | { readonly kind: 'progress'; readonly share: number }
  | { readonly kind: 'part'; readonly part: IncidentReport }
  | { readonly kind: 'step'; readonly step: ShrinkStep }
  | { readonly kind: 'done'; readonly result: WorkResults[keyof WorkResults] }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** What the thread is started with; `stop[0]` is 1 when the work must end. */
export interface WorkerData {
  readonly work: Work;
  readonly stop: Int32Array;
}

if (!isMainThread && parentPort !== null) await serve(workerData as WorkerData, parentPort);

async function serve({ work, stop }: WorkerData, port: MessagePort): Promise<void> {
  const tell = (news: WorkNews): void => port.postMessage(news);
  try {
    const watch = new Watch(stop, work.order.maxWallUs);
    const catalogue = await catalogueOf('use' in work.order ? work.order.use : []);
    if ('scenario' in work.order) await loadModel(catalogue, work.order.scenario.model);
    tell({ kind: 'done', result: await inTask(() => resultOf(work, catalogue, watch, tell)) });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    tell({ kind: 'refused', code: error.code, message: error.message });
  }
}

function resultOf(
  work: Work,
  catalogue: Catalogue,
  watch: Watch,
  tell: (news: WorkNews) => void,
): WorkResults[keyof WorkResults] {
  const teller = {
    header: (header: readonly string[]): void => tell({ kind: 'header', header }),
    progress: (share: number): void => tell({ kind: 'progress', share }),
    part: (part: IncidentReport): void => tell({ kind: 'part', part }),
    step: (step: ShrinkStep): void => tell({ kind: 'step', step }),
  };
  switch (work.kind) {
    case 'soak':
      return workSoak(work.order, catalogue, watch, teller);
    case 'ablate':
      return workAblate(work.order, catalogue, watch, teller);
    case 'incidents':
      return workIncidents(work.order, watch, teller);
    case 'shrink':
      return workShrink(work.order, catalogue, watch, teller);
    case 'explain':
      return workExplain(work.order, catalogue, watch, teller);
  }
}
