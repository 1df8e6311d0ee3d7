// What every picture is made of: text that XML cannot read as anything else, numbers as they are read, colours and dashes.
// Invariant: equal input gives equal bytes; no character of a name is ever markup.
import { plainName } from '../flame/stacks.ts';
import { xmlAttribute } from '../xml.ts';

/** Fonts and colours that all pictures share. */
export const STYLE = {
  font: "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  paper: '#fffdf8',
  ink: '#222',
  muted: '#555',
  line: '#d9d4c7',
  calm: '#e3edf3',
  broken: '#b3400a',
} as const;

/** Colours of curves (after Okabe and Ito), each with dashes of its own, so that none is told by its colour alone. */
export const CURVES: readonly (readonly [colour: string, dashes: string])[] = [
  ['#0072b2', ''],
  ['#d55e00', '7 3'],
  ['#009e73', '2 3'],
  ['#cc79a7', '9 3 2 3'],
  ['#8a6d00', '4 2'],
  ['#3a9fd8', '1 2'],
];

/** Text for an element or an attribute, on one line. */
export function xmlText(text: string): string {
  return xmlAttribute(plainName(text)).replaceAll("'", '&#39;');
}

/** Pixels with two decimals at most. */
export function px(value: number): string {
  return String(Number(value.toFixed(2)));
}

/** A number with commas between thousands and at most three decimals. */
export function grouped(value: number): string {
  const [whole = '', decimals = ''] = value.toFixed(3).split('.');
  const rest = decimals.replace(/0+$/, '');
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (rest === '' ? '' : `.${rest}`);
}

/** A picture of that size around its parts, with a title and a line below it. */
export function svgPicture(
  { title, about, widthPx, heightPx }: { title: string; about: string; widthPx: number; heightPx: number },
  parts: readonly string[],
): string {
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}" ` +
      `viewBox="0 0 ${widthPx} ${heightPx}" role="img" aria-label="${xmlText(`${title}: ${about}`)}" ` +
      `font-family="${STYLE.font}" font-size="12" fill="${STYLE.ink}">`,
    `<rect width="100%" height="100%" fill="${STYLE.paper}"/>`,
    `<text x="10" y="20" font-size="15" font-weight="bold">${xmlText(title)}</text>`,
    `<text x="10" y="37" fill="${STYLE.muted}">${xmlText(about)}</text>`,
    ...parts,
    '</svg>',
  ].join('\n')}\n`;
}
