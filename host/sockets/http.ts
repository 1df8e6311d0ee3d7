// `node:http` over virtual sockets: Node's own client and server, kept to virtual time and to one node each.
// Invariant: no connection that one node keeps for later use is ever used by another.
import http from 'node:http';
import net from 'node:net';
import type { Patches } from '../patches.ts';
import { machineHere } from './machine.ts';
import type { Machine } from './machine.ts';

type Call = (...args: unknown[]) => unknown;

/** Longest delay of a timer: Node's check of slow requests runs in real time, so it is put off beyond any run. */
const NEVER_MS = 2 ** 31 - 1;

/** The functions of `node:http` as they were when the host was loaded. */
const realHttp = { request: http.request as Call, createServer: http.createServer as Call };

/** Replaces what opens a socket, and what nodes would share. */
export function installHttp(patches: Patches): void {
  const agents = new WeakMap<Machine, http.Agent>();
  const agentOf = (machine: Machine): http.Agent => {
    let agent = agents.get(machine);
    if (agent === undefined) {
      agent = new http.Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 });
      agents.set(machine, agent);
    }
    return agent;
  };
  patches.replaceGetter(http, 'globalAgent', (original) => () => {
    const machine = machineHere();
    return machine === undefined ? Reflect.apply(original, http, []) : agentOf(machine);
  });
  patches.replace(
    http.Agent.prototype,
    'createConnection',
    () =>
      (...args: unknown[]) =>
        (net.connect as Call)(...args),
  );

  const request = (args: unknown[], machine: Machine): http.ClientRequest => {
    const isOptions = (given: unknown): boolean =>
      typeof given === 'object' && given !== null && !(given instanceof URL);
    const options = args.find(isOptions) as http.RequestOptions | undefined;
    const { agent, createConnection } = options ?? {};
    const own = agent ?? (createConnection === undefined ? agentOf(machine) : undefined);
    if (own === undefined) return realHttp.request(...args) as http.ClientRequest;
    const isUrlFirst = typeof args[0] === 'string' || args[0] instanceof URL;
    const rest = args.slice(isUrlFirst ? 1 : 0).filter((given) => given !== options);
    return realHttp.request(
      ...(isUrlFirst ? [args[0]] : []),
      { ...options, agent: own },
      ...rest,
    ) as http.ClientRequest;
  };
  patches.replace(http, 'request', (refused) => (...args: unknown[]) => {
    const machine = machineHere();
    return machine === undefined ? (refused as Call)(...args) : request(args, machine);
  });
  patches.replace(http, 'get', (refused) => (...args: unknown[]) => {
    const machine = machineHere();
    if (machine === undefined) return (refused as Call)(...args);
    const sent = request(args, machine);
    sent.end();
    return sent;
  });
  patches.replace(http, 'createServer', (refused) => (...args: unknown[]) => {
    if (machineHere() === undefined) return (refused as Call)(...args);
    const onRequest = args.find((given) => typeof given === 'function');
    const options = (typeof args[0] === 'object' ? args[0] : {}) as http.ServerOptions;
    const ServerResponse = datedResponse(options.ServerResponse ?? http.ServerResponse);
    return realHttp.createServer({ ...options, ServerResponse, connectionsCheckingInterval: NEVER_MS }, onRequest);
  });
}

/** A response whose date is of virtual time: Node's own reads the real clock. */
function datedResponse(Base: typeof http.ServerResponse): typeof http.ServerResponse {
  class DatedResponse extends Base {
    override writeHead(...args: unknown[]): this {
      if (this.sendDate && !this.headersSent) {
        this.sendDate = false;
        if (!this.hasHeader('date')) this.setHeader('Date', new Date().toUTCString());
      }
      return super.writeHead(...(args as Parameters<http.ServerResponse['writeHead']>));
    }
  }
  return DatedResponse as typeof http.ServerResponse;
}
