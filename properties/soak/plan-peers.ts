// The peers that an explicit plan speaks of: whether each of them can ever be there.
// Invariant: an action that is merely inert, on a peer that is down or not there yet, is no mistake; one on a peer that no
// run can have is.
import type { ChurnAction, ChurnPlan } from '../../sim/churn/plan.ts';
import { InputError } from '../../sim/errors.ts';

/** Most fresh peers that a message lists. */
const MOST_LISTED = 8;

/**
 * Refuses a plan that speaks of a peer which the scenario does not start, and no start or respawn of the plan begins.
 *
 * For plans that a person wrote: what is left of a plan while it is shrunk may speak of such peers, and means nothing by it.
 *
 * @param plan - Valid; in the order in which it was written, which the place in the message is of.
 * @param nodes - Of the scenario, which starts the peers 0 to nodes - 1.
 * @param where - The place it came from, such as `plan.json`; opens the message.
 * @throws {InputError} `unknown-peer` with the action's place and the peers there are, such as
 * `plan.json: actions[3].peer: received 77, expected a peer that there ever is: 0 to 19, or ...`.
 */
export function refuseUnknownPeers({ actions }: ChurnPlan, nodes: number, where: string): void {
  const fresh = new Set(actions.flatMap((action) => begunBy(action)));
  for (const [index, action] of actions.entries()) {
    const stranger = namedIn(action).find(({ peer }) => peer >= nodes && !fresh.has(peer));
    if (stranger === undefined) continue;
    const place = `${where}: actions[${index}].${stranger.place}`;
    const known = `0 to ${nodes - 1}, which the scenario starts, ${freshText([...fresh].filter((peer) => peer >= nodes))}`;
    const message = `${place}: received ${stranger.peer}, expected a peer that there ever is: ${known}`;
    throw new InputError('unknown-peer', message, { where, index, peer: stranger.peer, nodes });
  }
}

/** The identities that an action may begin; a rejoin begins none, as its peer must have lived. */
function begunBy(action: ChurnAction): number[] {
  if (action.kind === 'start') return [action.peer];
  return action.kind === 'respawn' ? [action.fresh] : [];
}

interface NamedPeer {
  readonly peer: number;
  /** Within the action, such as `peer` or `groups[1][0]`. */
  readonly place: string;
}

function namedIn(action: ChurnAction): NamedPeer[] {
  switch (action.kind) {
    case 'heal':
      return [];
    case 'partition':
      return action.groups.flatMap((group, row) =>
        group.map((peer, column) => ({ peer, place: `groups[${row}][${column}]` })),
      );
    case 'hold':
    case 'release':
      return [
        { peer: action.from, place: 'from' },
        { peer: action.to, place: 'to' },
      ];
    default:
      return [{ peer: action.peer, place: 'peer' }];
  }
}

function freshText(fresh: readonly number[]): string {
  if (fresh.length === 0) return 'or one that a start or a respawn begins, of which the plan has none';
  const listed = fresh.toSorted((a, b) => a - b).slice(0, MOST_LISTED);
  const more = fresh.length > listed.length ? ` and ${fresh.length - listed.length} more` : '';
  return `or one that a start or a respawn of the plan begins: ${listed.join(', ')}${more}`;
}
