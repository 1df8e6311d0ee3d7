// Tells of the planned actions of a simulated run that begin and end no life: faults, and acts of the model's own.
// Invariant: a fault is ended under the name that it was begun with; what changed nothing is told as such.
import { invariant } from '../../sim/errors.ts';
import type { ChurnAction } from '../../sim/churn/plan.ts';
import type { WrittenEvent } from './event.ts';

/** Actions that lives tell of themselves. */
const OF_LIVES: ReadonlySet<ChurnAction['kind']> = new Set(['start', 'stop', 'kill', 'restart', 'respawn', 'rejoin']);

/** True for an action that starts or ends lives. */
export function isOfLives({ kind }: ChurnAction): boolean {
  return OF_LIVES.has(kind);
}

/** The key of an action in the tallies of a run. */
export function tallyOf(action: ChurnAction): string {
  return action.kind === 'act' ? `act:${action.act}` : action.kind;
}

/** See the file's head. */
export class ActionTeller {
  /** Names of the faults that are in force. */
  private readonly faults = new Set<string>();

  /** The events of an action; `applied` is false for one that changed nothing. */
  eventsOf(action: ChurnAction, applied: boolean): WrittenEvent[] {
    switch (action.kind) {
      case 'partition':
        return this.began(`partition ${action.name ?? ''}`.trim());
      case 'heal':
        return this.ended('heal', this.partitions(action.name), applied);
      case 'hold':
        return applied ? this.began(`hold p${action.from} > p${action.to}`) : [inert('hold')];
      case 'release':
        return this.ended('release', [`hold p${action.from} > p${action.to}`], applied);
      case 'black-hole': {
        const name = `black-hole p${action.peer}`;
        if (!action.on) return this.ended(name, [name], applied);
        return applied ? this.began(name, [`p${action.peer}`]) : [inert(name)];
      }
      case 'act': {
        const name = `${action.act} p${action.peer}`;
        const on = action.args?.['on'];
        // The plan says that it is at fault, whether the node was there to be told or not.
        if (on === true) return this.began(name, [`p${action.peer}`]);
        if (on === false) return this.ended(name, [name], applied);
        return [applied ? { kind: 'action', name } : inert(name)];
      }
      default:
        invariant(false, `${action.kind} is told of by lives`);
    }
  }

  private began(name: string, peers?: readonly string[]): WrittenEvent[] {
    this.faults.add(name);
    return [{ kind: 'fault-began', name, peers }];
  }

  private ended(action: string, names: readonly string[], applied: boolean): WrittenEvent[] {
    const open = names.filter((name) => this.faults.delete(name));
    if (open.length === 0) return [applied ? { kind: 'action', name: action } : inert(action)];
    return open.map((name) => ({ kind: 'fault-ended', name }));
  }

  private partitions(name: string | undefined): string[] {
    return [...this.faults].filter((fault) =>
      name === undefined ? fault.startsWith('partition') : fault === `partition ${name}`,
    );
  }
}

function inert(name: string): WrittenEvent {
  return { kind: 'action', name, changed: false };
}
