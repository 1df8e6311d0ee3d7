// Files that a run can be written to besides its report: flame graphs, heap curves, the timeline.
// Invariant: what cannot be written for a model, or for a file's name, is refused before the run.
import { InputError } from '../../sim/errors.ts';
import { MODELS } from '../../models/registry.ts';
import type { Model } from '../../models/model.ts';
import { flameFormatOf, writeFlame } from '../flame/flame.ts';
import type { FlameFormat } from '../flame/flame.ts';
import type { SoakResult } from '../soak/judge.ts';
import { heapFormatOf, heapText, timelineText } from './curves.ts';
import type { HeapFormat } from './curves.ts';

/** A file to be made of a run. */
export type RunOutput =
  | { readonly kind: 'flame'; readonly format: FlameFormat }
  | { readonly kind: 'heap'; readonly format: HeapFormat }
  | { readonly kind: 'timeline' };

/**
 * The flame graph that a file's name asks for.
 *
 * @param where - Opens an error's message.
 * @throws {InputError} `no-costs` when the model charges no CPU, `unknown-flame-format` for another ending.
 */
export function flameOutput(fileName: string, model: Model, where: string): RunOutput {
  if (model.costs === undefined) {
    const charging = MODELS.filter(({ costs }) => costs !== undefined).map(({ name }) => name);
    const expected = charging.length === 0 ? 'a model that has one' : `a model that has one: ${charging.join(', ')}`;
    const message = `${where}: received model ${model.name}, which has no cost table, expected ${expected}`;
    throw new InputError('no-costs', message, { model: model.name });
  }
  return { kind: 'flame', format: flameFormatOf(fileName) };
}

/**
 * The heap curve that a file's name asks for.
 *
 * @param where - Opens an error's message.
 * @throws {InputError} `unknown-heap-format`.
 */
export function heapOutput(fileName: string, where: string): RunOutput {
  return { kind: 'heap', format: heapFormatOf(fileName, where) };
}

/** The content of such a file. */
export function outputContent({ soak, record }: SoakResult, output: RunOutput): string | Uint8Array {
  switch (output.kind) {
    case 'flame':
      return writeFlame(record.cost?.stacks ?? [], output.format, {
        title: `${soak.scenario.name}: simulated CPU of ${soak.nodes} nodes`,
        durationUs: record.endUs,
      });
    case 'heap':
      return heapText(record.timeline, output.format);
    case 'timeline':
      return timelineText(record.timeline);
  }
}
