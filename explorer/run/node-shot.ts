// A node as it stands at one event, as plain data.
// Invariant: taking a shot changes nothing; what is shown is a copy.
import type { Node } from '../../sim/node.ts';
import { UNLIMITED, stateData } from '../../sim/recording/describe.ts';
import type { Json } from '../../sim/recording/describe.ts';
import { openTasks } from '../../sim/tasks/open-tasks.ts';
import { executorOf } from '../../sim/tasks/task-node.ts';
import type { NodeView } from './run-view.ts';

/** What of a node is kept with an event. */
export type NodeShot = Pick<NodeView, 'incarnation' | 'bornUs' | 'state' | 'tasks'>;

/** The node as it stands now. */
export function nodeShot(node: Node): NodeShot {
  const executor = executorOf(node);
  const tasks = executor === undefined ? [] : openTasks(executor);
  return {
    incarnation: node.serial,
    bornUs: node.bornUs,
    state: stateOf(node),
    tasks: tasks.map(({ path, subject, ageUs, standing, awaits }) => ({
      path,
      subject: subject === undefined ? '' : String(subject),
      ageUs,
      standing,
      awaits,
    })),
  };
}

/** What the node exposes. */
function stateOf(node: Node): Json {
  return stateData(node.expose(), UNLIMITED);
}
