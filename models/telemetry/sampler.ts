// The load sampler: at a fixed pace it reads the load of its own process and keeps the last samples.
// Invariant: what it holds is a level, reserved when it begins; unless it lists the host, whose processes come and go.
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import { interval } from '../../sim/tasks/timers.ts';
import { TELEMETRY_BYTES } from './contract.ts';
import type { TelemetryFrame } from './contract.ts';
import { Tally } from './tally.ts';
import type { TelemetryOptions } from './telemetry.ts';

/**
 * See the file's head. With the defect `sampler-enumerates-processes` a sample reads every process of the host, and the
 * table of those ever seen stays: the report gives its size after 35 minutes, that ended processes stay in it is an
 * assumption (`processesPerSample` 0 makes it a level).
 */
export class LoadSampler {
  private readonly node: TaskNode;
  private readonly options: TelemetryOptions;
  private samples = 0;
  /** Processes of the host that it has ever listed. */
  private listed = 0;
  private entry: EntryId = NO_ENTRY;

  constructor(node: TaskNode, options: TelemetryOptions) {
    this.node = node;
    this.options = options;
  }

  /** The sampler's loop, to be spawned as `sampler.sample`. */
  *run(): TaskBody<void> {
    const { node } = this;
    const { config } = this.options;
    const ticks = interval(node.executor, config.sampleIntervalUs, 'load-sample');
    const bytes = TELEMETRY_BYTES.sampler + config.sampleRing * TELEMETRY_BYTES.sample;
    this.entry = node.simulation.ledger?.open('listener', node, undefined, 'sampler.sample', bytes) ?? NO_ENTRY;
    try {
      for (;;) {
        yield* ticks.tick();
        this.sample();
      }
    } finally {
      ticks.drop();
      node.simulation.ledger?.close(this.entry, 'stopped');
      this.entry = NO_ENTRY;
    }
  }

  /** The samples that it keeps, and the processes it knows by name; for the census. */
  expose(): Record<string, unknown> {
    return { samples: new Tally(this.samples), processes: new Tally(this.listed) };
  }

  private sample(): void {
    const { config, defects } = this.options;
    this.samples = Math.min(this.samples + 1, config.sampleRing);
    this.charge('sampler/own_process', 1);
    if (defects['sampler-enumerates-processes'] !== true) return;
    const seen = this.listed === 0 ? config.hostProcesses : config.processesPerSample;
    this.listed += seen;
    this.node.simulation.ledger?.addBytes(this.entry, seen * TELEMETRY_BYTES.process);
    this.charge('sampler/list_processes', config.hostProcesses);
  }

  private charge(frame: TelemetryFrame, times: number): void {
    const op = this.options.costs?.index[frame];
    if (op !== undefined) this.node.charge(op, times);
  }
}
