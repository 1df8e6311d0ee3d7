// What a newcomer reads first: whether something leaks, and for each broken property a sentence of what, where and since when.
// Invariant: every sentence is the finding's own; nothing is said of a run before it has been judged.
import { timeText } from '../../properties/view/time-text.ts';
import type { Finding, RunData } from '../../properties/view/run-data.ts';
import { moveCursor } from '../run/exploration.ts';
import type { RunPhase, RunView } from '../run/run-view.ts';
import type { Desk } from './desk.ts';

/** See the file's head. */
export function Headline({ desk, run }: { desk: Desk; run: RunView }) {
  const data = run.data.value;
  const phase = run.phase.value;
  if (run.mistake.value !== undefined) {
    return (
      <p class="mistake" role="alert">
        {run.mistake.value}
      </p>
    );
  }
  if (data === undefined) return <p class="empty">Setting up the run …</p>;
  const { scenario, findings, story } = data;
  return (
    <section class="verdict" aria-label="what was found">
      <p class="about">
        <code>{scenario.name}</code>, seed <code>{scenario.seed}</code>, {scenario.nodes} nodes of {scenario.model},{' '}
        {timeText(data.endUs)} of virtual time
        {scenario.defects.length === 0 ? ', no defect' : ', with '}
        {scenario.defects.length > 0 && <code>{scenario.defects.join(', ')}</code>}
      </p>
      <h1>{titleOf(data, phase)}</h1>
      {findings[0] !== undefined && <Worst finding={findings[0]} />}
      <p class="count">{countOf(data)}</p>
      {findings.length > 0 && (
        <ol class="sentences">
          {findings.map((finding) => (
            <Sentence key={finding.property} desk={desk} finding={finding} />
          ))}
        </ol>
      )}
      <details class="parameters">
        <summary>
          {story === '' ? 'Every parameter of the run' : 'The report behind it, and every parameter of the run'}
        </summary>
        {story !== '' && <p class="story">{story}</p>}
        <ul>
          {data.header.map((line) => (
            <li key={line}>{line}</li>
          ))}
          <li>
            {data.eventCount} events, digest {data.digest}
          </li>
          {data.token !== undefined && <li>npx quicksoak repro {data.token}</li>}
        </ul>
      </details>
    </section>
  );
}

function Sentence({ desk, finding }: { desk: Desk; finding: Finding }) {
  const { property, sentence, sinceUs } = finding;
  const show = (): void => {
    desk.exploration.property.value = property;
    if (sinceUs !== undefined) moveCursor(desk.exploration, sinceUs);
    document.querySelector('[data-panel="timelines"]')?.scrollIntoView({ behavior: 'smooth', block: 'start' });
  };
  return (
    <li>
      <span class="property">{property}</span>
      <span class="said">{sentence}</span>
      {sinceUs !== undefined && (
        <button type="button" class="plain" onClick={show}>
          go to {timeText(sinceUs)}
        </button>
      )}
    </li>
  );
}

/** What, where and since when, for whoever has a minute. */
function Worst({ finding: { what, where, sinceUs, growth } }: { finding: Finding }) {
  return (
    <dl class="worst">
      {what !== '' && (
        <div>
          <dt>What</dt>
          <dd>
            <code>{what}</code>
            {growth !== '' && <small>{growth}</small>}
          </dd>
        </div>
      )}
      {where !== '' && (
        <div>
          <dt>Where</dt>
          <dd>{where}</dd>
        </div>
      )}
      {sinceUs !== undefined && (
        <div>
          <dt>Since</dt>
          <dd class="figures">{timeText(sinceUs)}</dd>
        </div>
      )}
    </dl>
  );
}

function titleOf({ findings, verdicts, reachedUs, endUs }: RunData, phase: RunPhase) {
  if (verdicts.length === 0) {
    const share = endUs === 0 ? 0 : Math.floor((100 * reachedUs) / endUs);
    return phase === 'paused' ? `Held at ${share}%` : `Simulating: ${share}%`;
  }
  const [worst] = findings;
  if (!verdicts.some(({ judged }) => judged)) return 'Nothing could be judged.';
  return worst === undefined ? <span class="held">Nothing leaks.</span> : <span class="broken">{worst.lead}.</span>;
}

function countOf({ findings, verdicts, reachedUs, cutShort, summary }: RunData): string {
  if (verdicts.length === 0) return summary;
  const judged = verdicts.filter((verdict) => verdict.judged).length;
  const early = cutShort === undefined ? '' : `, as far as the run went (${timeText(reachedUs)})`;
  const all = `the ${judged} properties that could be judged`;
  if (judged === 0)
    return `The run gave none of its ${verdicts.length} properties ground to judge it by${early}. ${summary}`;
  if (findings.length === 0) return `All of ${all} held${early}.`;
  return `${findings.length} of ${all} broke${early}.`;
}
