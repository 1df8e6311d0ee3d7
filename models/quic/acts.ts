// Actions of a plan on one endpoint.
// Invariant: an action acts through what the transport itself does, and says whether it changed anything.
import type { Connection } from './connection.ts';
import type { QuicAct } from './contract.ts';
import type { Endpoint } from './endpoint.ts';

/** Arguments of an action, as a plan has them. */
export type ActArgs = Readonly<Record<string, number | string | boolean>>;

/** See {@link Endpoint.act}. */
export function actOn(endpoint: Endpoint, act: string, args: ActArgs): boolean {
  const named = (connection: Connection): boolean =>
    (args['peer'] === undefined || connection.remote.index === args['peer']) &&
    (args['alpn'] === undefined || connection.alpn === args['alpn']);
  const open = (): Connection[] => [...endpoint.connections].filter(named);
  switch (act as QuicAct) {
    case 'change-path':
      for (const connection of open()) connection.changePath();
      return open().length > 0;
    case 'reset-stream':
      return open().some((connection) => connection.streams.failOldest());
    case 'abort-driver': {
      const [oldest] = [...endpoint.table.values()].filter(named);
      oldest?.driver.abort();
      return oldest !== undefined;
    }
    case 'cancel-dial': {
      const dials = [...endpoint.dials.values()].filter(
        ({ remote }) => args['peer'] === undefined || remote.index === args['peer'],
      );
      for (const dial of dials) dial.cancel();
      return dials.length > 0;
    }
    case 'stop-reading':
      return stopReading(endpoint, args['on'] === true);
    case 'stop-answering': {
      const changes = endpoint.stopsAnswering !== (args['on'] === true);
      endpoint.stopsAnswering = args['on'] === true;
      return changes;
    }
    default:
      return false;
  }
}

function stopReading(endpoint: Endpoint, on: boolean): boolean {
  if (endpoint.stopsReading === on) return false;
  endpoint.stopsReading = on;
  if (!on) for (const connection of endpoint.connections) connection.streams.wakeReaders();
  return true;
}
