// An ablation, for people: the matrix, the pairs that interact, and what each fix buys.
// Invariant: what was not run is shown as not run, never as held.
import { counted } from '../../sim/counted.ts';
import type { Ablation, AblationRow, CellVerdict } from '../../properties/ablation/ablation.ts';
import type { AblationCell } from '../../properties/ablation/cells.ts';
import type { AblationFix } from '../../properties/ablation/fixes.ts';
import type { AblationPair, PairProperty } from '../../properties/ablation/pairs.ts';
import type { KeyFigure } from '../../properties/usage/key-figures.ts';
import { paint } from '../terminal.ts';
import type { AblatedRuns } from '../work/ablate.ts';
import { wrapped } from './evidence.ts';
import { CUT_SHORT_TEXT } from './outcome.ts';
import { shownQuantity } from './quantity.ts';
import { borderless } from './verdicts.ts';
import { indented } from './indented.ts';

/** The whole ablation as text, without a newline at its end. */
export function ablationText(ablation: Ablation): string {
  const blocks = [matrixBlock(ablation), pairsBlock(ablation), fixesBlock(ablation)];
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** One line: whether all off held, how many runs it took. */
export function ablationOutcome({ ablation, cutShort, wallMs }: AblatedRuns): string {
  const allOff = ablation.cells.find(({ defects }) => defects.length === 0);
  const held =
    allOff === undefined
      ? paint.yellow('all off was not run to its end')
      : ablation.ok
        ? paint.green(`all off: ${allOff.judged.length} of ${allOff.judged.length} held`)
        : paint.red(`all off: ${allOff.broken.length} of ${allOff.judged.length} broke`);
  const cut = cutShort === undefined ? '' : `${paint.yellow(CUT_SHORT_TEXT[cutShort])}; `;
  const events = ablation.cells.reduce((sum, { eventCount }) => sum + eventCount, 0);
  const runs = `${counted(ablation.cells.length, 'run')} in ${(wallMs / 1000).toFixed(1)} s, ${counted(events, 'event')}`;
  return `${cut}${held}  ${paint.dim(runs)}`;
}

const MARKS: Readonly<Record<CellVerdict, string>> = {
  broke: paint.red('✗'),
  held: paint.green('✓'),
  'not-judged': paint.dim('–'),
  'not-run': paint.dim('?'),
};

function matrixBlock({ properties, rows, allOn, allOff }: Ablation): string {
  if (properties.length === 0) return paint.bold('no property broke in any run');
  const both = (alone: CellVerdict, fixed: CellVerdict): string => `${MARKS[alone]} ${MARKS[fixed]}`;
  const table = borderless(
    ['defect', ...properties.map((name) => name.replaceAll('-', '-\n'))],
    [
      ...rows.map(({ defect, alone, fixed }) => [
        paint.cyan(defect),
        ...alone.map((verdict, place) => both(verdict, fixed[place]!)),
      ]),
      ['all on', ...allOn.map((verdict) => MARKS[verdict])],
      ['all off', ...allOff.map((verdict) => MARKS[verdict])],
    ],
    properties.length + 1,
  );
  const legend = 'left: with it alone on; right: with all others on and it alone fixed';
  return [
    `${paint.bold('which switch breaks which property')}  ${paint.dim(legend)}`,
    table,
    ...silentLines(rows),
  ].join('\n');
}

function silentLines(rows: readonly AblationRow[]): string[] {
  const silent = rows.filter(({ alone }) => alone.every((verdict) => verdict === 'held' || verdict === 'not-judged'));
  if (silent.length === 0) return [];
  const names = silent.map(({ defect }) => defect).join(', ');
  const text = `alone, nothing breaks by ${names}: this scenario does not bring it out, or it needs another`;
  return wrapped(text, 0).map((line) => paint.dim(line));
}

function pairsBlock({ pairs }: Ablation): string {
  const interacting = pairs.filter(({ interactions }) => interactions.length > 0);
  const others = pairs.length - interacting.length;
  const rest = others === 0 ? [] : [paint.dim(`${others} of ${pairs.length} pairs do not interact`)];
  if (pairs.length === 0) return '';
  return [paint.bold('pairs that interact'), ...interacting.map(pairText), ...rest].join('\n');
}

function pairText(pair: AblationPair): string {
  const { defects, both, onlyFirst, onlySecond, neither, redCells } = pair;
  const [a, b] = defects;
  const table = borderless(
    ['', 'B on', 'B off'],
    [
      [paint.bold('A on'), cellText(both), cellText(onlyFirst)],
      [paint.bold('A off'), cellText(onlySecond), cellText(neither)],
    ],
    1,
    2,
  );
  return [
    `A ${paint.cyan(a)} × B ${paint.cyan(b)}: ${counted(redCells, 'red cell')} of four`,
    ...pair.interactions.flatMap((one) => wrapped(interactionText(one), 2)).map((line) => `  ${paint.yellow(line)}`),
    indented(table),
  ].join('\n');
}

function cellText({ broken }: AblationCell): string {
  if (broken.length === 0) return `${MARKS.held} held`;
  return broken
    .map(({ name, subjects: [subject] }) => `${MARKS.broke} ${name}${subject === undefined ? '' : ` (${subject})`}`)
    .join('\n');
}

function interactionText({ name, interaction, alike }: PairProperty): string {
  if (interaction === 'together') return `${name}: broken by the two together, by neither alone`;
  if (interaction === 'hidden') return `${name}: broken by one of them alone, and hidden when both are on`;
  return alike
    ? `${name}: fixing one alone changes nothing`
    : `${name}: fixing one alone leaves it broken, by the other`;
}

function fixesBlock({ cells, fixes }: Ablation): string {
  if (fixes.length === 0) return '';
  const allOn = cells[1]!;
  const names = allOn.figures.map(({ name }) => name);
  const table = borderless(
    ['fixed', 'turns green', ...names],
    [
      [paint.dim('all on'), '', ...figureCells(names, allOn.figures)],
      ...fixes.map((fix) => [paint.cyan(fix.defect), greenText(fix), ...figureCells(names, fix.figures)]),
    ],
    1,
  );
  return [paint.bold('what each fix buys, one after the other'), table, ...fixes.flatMap(unmaskedLines)].join('\n');
}

function figureCells(names: readonly string[], figures: readonly KeyFigure[]): string[] {
  return names.map((name) => {
    const figure = figures.find((one) => one.name === name);
    return figure === undefined ? '-' : shownQuantity(figure.value, figure.unit);
  });
}

function greenText({ turnedGreen, turnedRed }: AblationFix): string {
  const green = turnedGreen.map((name) => paint.green(name));
  const red = turnedRed.map((name) => paint.red(`${name} (red now)`));
  return [...green, ...red].join(', ') || paint.dim('nothing');
}

/** What keeps a property red after a fix: the next leak of the pack. */
function unmaskedLines({ defect, stillBroken }: AblationFix): string[] {
  return stillBroken.flatMap(({ name, subject, gone, heldBy }) => {
    const points = subject === undefined ? '' : ` points at ${subject}`;
    const before = gone.length === 0 ? '' : `, no longer at ${gone.join(', ')}`;
    const holders = heldBy.length === 0 ? '' : `; held by ${heldBy.join(', ')}`;
    const text = `after ${defect}: ${name} is still red,${points || ' as before'}${before}${holders}`;
    return wrapped(text, 2).map((line) => `  ${paint.dim(line)}`);
  });
}
