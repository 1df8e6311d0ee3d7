// Puts together what is shown of a run: while it goes on, and when it has been judged.
// Invariant: plain data, a fresh value at each call; what a run has not come to yet is empty, never guessed.
import { faultSpansOf } from '../../sim/churn/calms.ts';
import { stateData } from '../../sim/recording/describe.ts';
import { MODELS } from '../../models/registry.ts';
import { actionText } from '../explain/story.ts';
import { INCIDENTS } from '../incidents/index.ts';
import { rowsOfRun } from '../incidents/report.ts';
import type { Verdict } from '../property.ts';
import { PROPERTIES } from '../judges/index.ts';
import { tokenOf } from '../repro/token.ts';
import type { SoakResult } from '../soak/judge.ts';
import type { SoakProgress } from '../soak/run.ts';
import { SCENARIOS } from '../soak/scenario.ts';
import type { Soak } from '../soak/scenario.ts';
import { usageOf } from '../usage/usage.ts';
import { timelineView } from './charts.ts';
import { findingsOf } from './findings.ts';
import { growthOf } from './growth.ts';
import { residueRows } from './residue-rows.ts';
import { RUN_DATA_VERSION } from './run-data.ts';
import type { ChurnMark, RunData, VerdictView } from './run-data.ts';
import type { TopologyTrack } from './topology.ts';

/** A run that was set up and has not begun, or one that goes on. */
export function runDataSoFar(soak: Soak, tool: string, track: TopologyTrack, progress?: SoakProgress): RunData {
  const simulation = progress?.simulation;
  return {
    ...fixedPart(soak, tool),
    reachedUs: simulation?.nowUs ?? 0,
    eventCount: simulation?.eventCount ?? 0,
    digest: simulation?.digest.hex ?? '',
    checkpoints: progress?.checkpoints ?? [],
    findings: [],
    verdicts: [],
    timeline: timelineView(progress?.timeline ?? [], track),
    residue: residueRows(progress?.calms ?? [], []),
    flame: simulation?.costs?.stacks() ?? [],
    rows: [],
    topology: track,
  };
}

/** A run that is over and was judged. */
export function runDataOf(result: SoakResult, tool: string, track: TopologyTrack): RunData {
  const { soak, record, verdicts } = result;
  const findings = findingsOf(verdicts);
  const token = tokenOf(result);
  return {
    ...fixedPart(soak, tool),
    reachedUs: record.endUs,
    eventCount: record.eventCount,
    digest: record.digest,
    checkpoints: record.checkpoints,
    ...(record.cutShort === undefined ? {} : { cutShort: record.cutShort }),
    ...(token === undefined ? {} : { token }),
    findings,
    verdicts: verdicts.map((verdict) => verdictView(verdict, soak)),
    timeline: timelineView(record.timeline, track, findings),
    residue: residueRows(record.calms, verdicts),
    flame: record.cost?.stacks ?? [],
    usage: usageOf(record),
    rows: record.cutShort === undefined ? rowsOfRun(result) : [],
    topology: track,
  };
}

type FixedPart = Pick<
  RunData,
  | 'version'
  | 'tool'
  | 'scenario'
  | 'summary'
  | 'story'
  | 'header'
  | 'peers'
  | 'endUs'
  | 'repeatable'
  | 'calms'
  | 'churn'
  | 'faults'
>;

/** What follows from the scenario alone. */
function fixedPart(soak: Soak, tool: string): FixedPart {
  const { scenario, header, endUs, plan, model } = soak;
  const incident = INCIDENTS.find(({ name }) => name === scenario.name);
  const repeatable = MODELS.includes(model);
  return {
    version: RUN_DATA_VERSION,
    tool,
    scenario,
    summary: SCENARIOS.find(({ name }) => name === scenario.name)?.summary ?? model.summary,
    story: incident?.story ?? '',
    header,
    peers: peerNames(soak),
    endUs,
    repeatable,
    calms: soak.calms.map(({ fromUs, untilUs, faulted }, index) => ({ index, fromUs, untilUs, faulted })),
    churn: plan.actions.map((action): ChurnMark => ({
      atUs: action.atUs,
      kind: action.kind === 'act' ? `act ${action.act}` : action.kind,
      peer: 'peer' in action ? action.peer : -1,
      text: actionText(action),
    })),
    faults: faultSpansOf(plan).map(({ fromUs, untilUs }) => ({ fromUs, untilUs: Math.min(untilUs, endUs) })),
  };
}

function peerNames({ nodes, plan }: Soak): string[] {
  let last = nodes - 1;
  for (const action of plan.actions) {
    if (action.kind === 'start') last = Math.max(last, action.peer);
    else if (action.kind === 'respawn') last = Math.max(last, action.fresh);
  }
  return Array.from({ length: last + 1 }, (_, index) => `p${index}`);
}

function verdictView(verdict: Verdict, { properties }: Soak): VerdictView {
  const { name, ok, judged, figure, bound, firstBrokenUs, evidence } = verdict;
  return {
    name,
    summary: [...properties, ...PROPERTIES].find((property) => property.name === name)?.summary ?? '',
    ok,
    judged,
    figure,
    bound,
    firstBrokenUs,
    evidence: evidence.map((one) => ({
      text: one.text,
      subject: one.subject,
      data: stateData(one.data),
      growth: growthOf(one),
    })),
  };
}
