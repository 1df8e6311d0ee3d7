// The argument lists of `node:net` and `node:dgram`, each in one form.
// Invariant: a list that Node refuses is refused with its code.
import { HostError } from '../host-error.ts';
import { ANY_ADDRESS } from './addresses.ts';
import type { LookupFunction } from './names.ts';
import { checkPort, nodeError } from './socket-error.ts';

type Callback = (...args: unknown[]) => void;

/** What `connect` goes by. */
export interface ConnectOptions {
  readonly port: number;
  readonly host: string;
  readonly localPort: number | undefined;
  readonly lookup: LookupFunction | undefined;
}

/** `connect(port, [host], [listener])`, `connect(options, [listener])`. */
export function connectArguments(args: readonly unknown[]): [ConnectOptions, Callback | undefined] {
  const given = spread(args);
  const last = args.at(-1);
  refusePath(given, 'net.Socket.connect');
  const { port, host, localPort, lookup } = given;
  if (port === undefined) {
    throw nodeError('ERR_MISSING_ARGS', 'The "options" or "port" or "path" argument must be specified', TypeError);
  }
  if (host !== undefined && host !== null && typeof host !== 'string') {
    throw nodeError('ERR_INVALID_ARG_TYPE', `The "options.host" property must be of type string.`, TypeError);
  }
  const options = {
    port: checkPort(port, 'Port'),
    host: host === undefined || host === null || host === '' ? 'localhost' : host,
    localPort: localPort === undefined ? undefined : checkPort(localPort, 'options.localPort'),
    lookup: lookup as LookupFunction | undefined,
  };
  return [options, typeof last === 'function' ? (last as Callback) : undefined];
}

/** What `listen` goes by. */
export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly signal: AbortSignal | undefined;
}

/** `listen([port], [host], [backlog], [listener])`, `listen(options, [listener])`. */
export function listenArguments(args: readonly unknown[]): [ListenOptions, Callback | undefined] {
  const last = args.at(-1);
  const given = args.length === 0 || typeof args[0] === 'function' || args[0] === null ? { port: 0 } : spread(args);
  refusePath(given, 'net.Server.listen');
  const { port, host, signal } = given;
  if (!('port' in given)) {
    throw nodeError('ERR_INVALID_ARG_VALUE', 'The argument must have the property "port" or "path".', TypeError);
  }
  const options = {
    port: port === undefined || port === null ? 0 : checkPort(port, 'options.port'),
    host: typeof host === 'string' && host !== '' ? host : ANY_ADDRESS,
    signal: signal as AbortSignal | undefined,
  };
  return [options, typeof last === 'function' ? (last as Callback) : undefined];
}

function spread(args: readonly unknown[]): Record<string, unknown> {
  // Node passes on lists that it has put in one form already.
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === 'object' && first !== null) return first as Record<string, unknown>;
  if (typeof first === 'string' && !Number.isFinite(Number(first))) return { path: first };
  return { port: first, host: typeof second === 'string' ? second : undefined };
}

function refusePath(given: Readonly<Record<string, unknown>>, call: string): void {
  const kind = ['path', 'fd', 'handle', '_handle'].find((key) => given[key] !== undefined && given[key] !== null);
  if (kind === undefined) return;
  throw new HostError(
    'not-deterministic',
    `${call} was given a ${kind}, expected a port: a virtual node has addresses alone`,
    {
      call,
    },
  );
}
