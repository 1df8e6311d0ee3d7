// Every property with its verdict, figure and bound, and the evidence of each that broke.
// Invariant: a verdict is told by a mark and a word besides its colour; what could not be judged is told apart from what held.
import { timeText } from '../../properties/view/time-text.ts';
import { short } from '../../properties/judges/cohort.ts';
import { shownQuantity } from '../../cli/format/quantity.ts';
import type { EvidenceView, GrowthView, VerdictView } from '../../properties/view/run-data.ts';
import { moveCursor } from '../run/exploration.ts';
import { Sparkline } from './sparkline.tsx';
import './verdicts.css';
import type { ViewProps } from './view-props.ts';

const MARKS = { broke: '✗', held: '✓', unjudged: '○' } as const;
const WORDS = { broke: 'broke', held: 'held', unjudged: 'not judged' } as const;
const FIRST_EVIDENCE = 8;

/** See the file's head. */
export function Verdicts({ exploration, run }: ViewProps) {
  const data = run.data.value;
  const verdicts = data?.verdicts ?? [];
  if (verdicts.length === 0) {
    return <p class="empty">Properties are judged over the whole run, so verdicts come when it is over.</p>;
  }
  const sorted = verdicts.toSorted((a, b) => rank(a) - rank(b));
  return (
    <ul class="verdicts-view">
      {sorted.map((verdict) => (
        <Row key={verdict.name} verdict={verdict} exploration={exploration} />
      ))}
    </ul>
  );
}

function standing({ ok, judged }: VerdictView): keyof typeof MARKS {
  return !judged ? 'unjudged' : ok ? 'held' : 'broke';
}

function rank(verdict: VerdictView): number {
  return ['broke', 'held', 'unjudged'].indexOf(standing(verdict));
}

function Row({ verdict, exploration }: { verdict: VerdictView } & Pick<ViewProps, 'exploration'>) {
  const { name, summary, figure, bound, firstBrokenUs, evidence } = verdict;
  const how = standing(verdict);
  const { property } = exploration;
  const isOpen = property.value === name;
  const toggle = (open: boolean): void => {
    if (open) property.value = name;
    else if (property.value === name) property.value = undefined;
  };
  return (
    <li class={`verdict-row ${how}`} data-property={name}>
      <details open={isOpen} onToggle={({ currentTarget }) => toggle(currentTarget.open)}>
        <summary>
          <span class="verdict-mark">
            {MARKS[how]} <span class="visually-hidden">{WORDS[how]}</span>
          </span>
          <span class="verdict-name">{name}</span>
          <span class="verdict-figure figures">{figure}</span>
        </summary>
        <div class="verdict-more">
          <dl>
            <dt>holds when</dt>
            <dd>{summary}</dd>
            <dt>bound</dt>
            <dd class="figures">{bound}</dd>
            {firstBrokenUs !== undefined && <dt>broke first</dt>}
            {firstBrokenUs !== undefined && (
              <dd>
                <button type="button" class="plain" onClick={() => moveCursor(exploration, firstBrokenUs)}>
                  {timeText(firstBrokenUs)}
                </button>
              </dd>
            )}
          </dl>
          {evidence.slice(0, FIRST_EVIDENCE).map((one, place) => (
            <Evidence key={place} evidence={one} isBroken={how === 'broke'} />
          ))}
          {evidence.length > FIRST_EVIDENCE && (
            <p class="empty">and {evidence.length - FIRST_EVIDENCE} more of this kind</p>
          )}
        </div>
      </details>
    </li>
  );
}

function Evidence({ evidence: { text, growth }, isBroken }: { evidence: EvidenceView; isBroken: boolean }) {
  return (
    <div class="verdict-evidence">
      {/* The numbers that stand in brackets at the end of its line are in the table. */}
      <p class="figures">{growth === undefined ? text : text.replace(/ \([\w :.,-]*\d+:[^()]*\)$/, '')}</p>
      {growth !== undefined && <Growth growth={growth} isBroken={isBroken} />}
    </div>
  );
}

function Growth({ growth, isBroken }: { growth: GrowthView; isBroken: boolean }) {
  const { driver, unit, drivers, values } = growth;
  const amount = (value: number): string => (unit === 'bytes' ? shownQuantity(value, 'bytes') : short(value));
  return (
    <div class="verdict-growth">
      <Sparkline
        drivers={drivers}
        values={values}
        driver={driver}
        grows={isBroken}
        unit={unit}
        width={168}
        height={48}
      />
      <div class="verdict-numbers" tabIndex={0} role="group" aria-label={`${unit} by ${driver}`}>
        <table class="figures">
          <tbody>
            <tr>
              <th scope="row">{driver}</th>
              {drivers.map((value, place) => (
                <td key={place}>{short(value)}</td>
              ))}
            </tr>
            <tr>
              <th scope="row">{unit}</th>
              {values.map((value, place) => (
                <td key={place}>{amount(value)}</td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
    </div>
  );
}
