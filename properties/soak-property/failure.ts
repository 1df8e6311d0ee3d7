// What a failed soak property throws: the finding as a person wants to read it, and as data.
// Invariant: the message ends with how to run the finding again; nothing but the message is printed by a test runner.
import { formatDuration } from '../../sim/duration.ts';
import { causesOf } from '../causes.ts';
import type { Cause } from '../causes.ts';
import type { Verdict } from '../property.ts';
import { reproOf } from '../repro/file.ts';
import type { Repro } from '../repro/file.ts';
import { tokenOf } from '../repro/token.ts';
import type { SoakResult } from '../soak/judge.ts';
import type { Scenario } from '../soak/scenario.ts';

/** How the finding of a failed property is told. */
export interface FailureContext {
  /** Module that a command loads the model and the properties from; undefined when all of them are built in. */
  readonly use: string | undefined;
  /** True for a property whose breaking makes the soak fail. */
  readonly counts: (property: string) => boolean;
}

/**
 * A soak that broke a property. `message` holds the header of the run, a line for each broken property, and last the
 * line that runs it again. It is the `cause` of the error that `fc.assert` throws, and its message is part of that
 * error's, as some test runners print no causes.
 */
export class SoakFailure extends Error {
  readonly #result: SoakResult;
  readonly #context: FailureContext;

  constructor(result: SoakResult, context: FailureContext) {
    const told = withoutNotes(result);
    super(messageOf(told, result.soak.header, context));
    this.#result = told;
    this.#context = context;
    // Where in here it was thrown tells a reader nothing.
    Object.defineProperty(this, 'stack', {
      value: `${this.name}: ${this.message}`,
      configurable: true,
      writable: true,
    });
  }

  override get name(): string {
    return 'SoakFailure';
  }

  /** What a reporter is to show beside the message: nothing. */
  toJSON(): { readonly name: string; readonly message: string } {
    return { name: this.name, message: this.message };
  }

  /** What broke and where. */
  get causes(): readonly Cause[] {
    return causesOf(brokenIn(this.#result, this.#context));
  }

  /** The verdicts of the properties that broke. */
  get verdicts(): readonly Verdict[] {
    return brokenIn(this.#result, this.#context);
  }

  /** The scenario that broke them, plain JSON. */
  get scenario(): Scenario {
    return this.#result.soak.scenario;
  }

  /** The finding as a token; undefined when it is too long for one, or the run was cut short by a budget. */
  get token(): string | undefined {
    return tokenOf(this.#result);
  }

  /** The finding as the content of a repro file; undefined when the run was cut short by a budget. */
  get repro(): Repro | undefined {
    return reproOf(this.#result);
  }

  /** The text to write to a file: {@link repro}, or the scenario when there is none. */
  get fileText(): string {
    return `${JSON.stringify(this.repro ?? this.scenario, null, 2)}\n`;
  }
}

/** The verdicts that make a soak fail. */
export function brokenIn({ verdicts }: SoakResult, { counts }: FailureContext): Verdict[] {
  return verdicts.filter(({ ok, name }) => !ok && counts(name));
}

/** What was drawn is said in the message; in a scenario that was shrunk since it would be untrue. */
function withoutNotes(result: SoakResult): SoakResult {
  const fields = Object.entries(result.soak.scenario).filter(([field]) => field !== 'notes');
  return { ...result, soak: { ...result.soak, scenario: Object.fromEntries(fields) as Scenario } };
}

function messageOf(result: SoakResult, header: readonly string[], context: FailureContext): string {
  const broken = brokenIn(result, context);
  const names = broken.map(({ name }) => name).join(', ');
  return [
    `${names} broke`,
    ...header.map((line) => `  ${line}`),
    ...broken.map(lineOf),
    ...reproLines(result, context),
  ].join('\n');
}

function lineOf({ name, figure, evidence, firstBrokenUs }: Verdict): string {
  const when = firstBrokenUs === undefined ? '' : ` (first at ${formatDuration(firstBrokenUs)})`;
  return `${name}: ${evidence[0]?.text ?? figure}${when}`;
}

function reproLines(result: SoakResult, { use }: FailureContext): string[] {
  const using = use === undefined ? '' : ` --use ${use}`;
  const { cutShort, endUs } = result.record;
  if (cutShort !== undefined) {
    return [
      `the run was cut short at ${formatDuration(endUs)} (${cutShort}), so that it has no digest; write the error's fileText to a file, and`,
      `npx quicksoak soak <file>${using}`,
    ];
  }
  const token = tokenOf(result);
  if (token !== undefined) return [`npx quicksoak repro ${token}${using}`];
  return ["too long for a token: write the error's fileText to a file, and", `npx quicksoak repro <file>${using}`];
}
