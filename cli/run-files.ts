// The files that a run is written to besides its report: --flame, --heap, --timeline, --svg, --html, --save.
// Invariant: each is refused or taken before the run; when one cannot be taken, none is left behind.
import { InputError } from '../sim/errors.ts';
import { shown } from '../sim/input.ts';
import type { Model } from '../models/model.ts';
import { refuseUnknownMetric } from '../properties/flame/timeline-metrics.ts';
import { parseTripwire } from '../properties/flame/tripwire.ts';
import type { Tripwire } from '../properties/flame/tripwire.ts';
import { parsePicture } from '../properties/pictures/picture.ts';
import { flameOutput, heapOutput } from '../properties/usage/outputs.ts';
import type { RunFile, RunOutput } from '../properties/usage/outputs.ts';
import { explorerPage } from './explorer-page.ts';
import type { OutputFlags, RunFileFlags } from './options.ts';
import { OutputFile } from './output-file.ts';
import { complain } from './terminal.ts';
import { VERSION } from './version.ts';

interface AskedFile {
  readonly flag: string;
  readonly path: string;
  /** Undefined for the report. */
  readonly output: RunOutput | undefined;
}

/** Every file that a run is going to be written to. */
export class RunFiles {
  /** What is to be made of the run, a file each. */
  readonly outputs: readonly RunOutput[];
  /** That of --out. */
  readonly report: OutputFile | undefined;
  private readonly files: readonly OutputFile[];

  /**
   * Takes every file that the flags name.
   *
   * @throws {InputError} For one that cannot be written, whose name fits no format, or that is named twice, and for a
   * flame graph of a model that charges no CPU.
   */
  constructor(flags: RunFileFlags & OutputFlags, model: Model) {
    const asked = askedFiles(flags, model);
    const taken: OutputFile[] = [];
    try {
      for (const { flag, path } of asked) taken.push(new OutputFile(path, flag));
    } catch (error) {
      for (const file of taken) file.discard();
      throw error;
    }
    this.report = taken.find((_, place) => asked[place]!.output === undefined);
    this.files = taken.filter((file) => file !== this.report);
    this.outputs = asked.flatMap(({ output }) => output ?? []);
  }

  /**
   * Writes every file but the report, and passes on what is to be said of them.
   *
   * @param made - In the order of {@link outputs}.
   * @throws {InputError} `bad-out` when that fails.
   */
  write(made: readonly RunFile[]): void {
    for (const note of new Set(made.flatMap((file) => file.note ?? []))) complain(note);
    for (const [place, file] of this.files.entries()) {
      const { content } = made[place]!;
      if (content !== undefined) file.write(content);
    }
  }

  /** Gives up whatever has not been written. */
  discard(): void {
    for (const file of this.files) file.discard();
    this.report?.discard();
  }
}

function askedFiles(flags: RunFileFlags & OutputFlags, model: Model): AskedFile[] {
  const { flame = [], heap, timeline, events, svg = [], html, save, out } = flags;
  const tool = `quicksoak ${VERSION}`;
  if (flags.tripwire !== undefined && flame.length === 0) {
    throw new InputError('bad-usage', '--tripwire: received it without --flame, expected a file for the flame graph');
  }
  const tripwire = flags.tripwire === undefined ? undefined : tripwireOf(flags.tripwire);
  const asked: AskedFile[] = [
    ...flame.map((path) => ({
      flag: '--flame',
      path,
      output: flameOutput(path, model, '--flame', tripwire),
    })),
    ...(heap === undefined ? [] : [{ flag: '--heap', path: heap, output: heapOutput(heap, '--heap') }]),
    ...(timeline === undefined ? [] : [{ flag: '--timeline', path: timeline, output: { kind: 'timeline' } as const }]),
    ...(events === undefined ? [] : [{ flag: '--events', path: events, output: eventsOutput(events) }]),
    ...svg.map((text) => {
      const { picture, path } = parsePicture(text, '--svg');
      return { flag: '--svg', path, output: { kind: 'picture', picture, tool } as const };
    }),
    ...(html === undefined ? [] : [{ flag: '--html', path: html, output: pageOutput(html, tool) }]),
    ...(save === undefined ? [] : [{ flag: '--save', path: save, output: { kind: 'repro', tool } as const }]),
    ...(out === undefined ? [] : [{ flag: '--out', path: out, output: undefined }]),
  ];
  const twice = asked.find(({ path }, place) => asked.findIndex((one) => one.path === path) !== place);
  if (twice === undefined) return asked;
  const message = `${twice.flag}: received ${twice.path}, which is to be written already, expected another file`;
  throw new InputError('bad-out', message, { path: twice.path });
}

function eventsOutput(path: string): RunOutput {
  if (/\.jsonl(?:\.gz)?$/.test(path)) return { kind: 'events', gzip: path.endsWith('.gz') };
  const expected = 'a file name that ends in .jsonl or .jsonl.gz';
  throw new InputError('bad-out', `--events: received ${shown(path)}, expected ${expected}`, { path });
}

function pageOutput(path: string, tool: string): RunOutput {
  if (/\.html?$/i.test(path)) return { kind: 'page', page: explorerPage(), tool };
  throw new InputError('bad-out', `--html: received ${shown(path)}, expected a file name that ends in .html`, { path });
}

function tripwireOf(text: string): Tripwire {
  const tripwire = parseTripwire(text, '--tripwire');
  refuseUnknownMetric(tripwire.metric, '--tripwire');
  return tripwire;
}
