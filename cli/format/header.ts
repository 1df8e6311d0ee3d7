// The header of a run: the version and every parameter, drawn or given.
import { paint } from '../terminal.ts';
import { VERSION } from '../version.ts';

/** The header as text, without a newline at its end. */
export function headerText(lines: readonly string[]): string {
  return [`${paint.bold('quicksoak')} ${VERSION}`, ...lines.map((line) => `  ${paint.dim(line)}`)].join('\n');
}
