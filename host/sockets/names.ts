// Names of virtual nodes: what `dns.lookup` gives.
// Invariant: the answer comes in a later tick or event, never within the call.
import { isIP } from 'node:net';
import process from 'node:process';
import { virtualTimers } from '../virtual-timers.ts';
import type { Machine } from './machine.ts';

/** Told the address of a name, or why there is none. */
export type LookupDone = (error: NodeJS.ErrnoException | null, address?: string) => void;
/** A `lookup` option of a socket. */
export type LookupFunction = (
  host: string,
  options: object,
  done: (error: NodeJS.ErrnoException | null, address?: string | { address: string }[]) => void,
) => void;

const NOT_FOUND_ERRNO = -3008;

/** Finds the address of `host` for a socket; by the socket's own function when it has one. */
export function lookUp(machine: Machine, host: string, own: LookupFunction | undefined, done: LookupDone): void {
  if (isIP(host) !== 0) {
    process.nextTick(() => done(null, host));
  } else if (own === undefined) resolveName(machine, host, done);
  else {
    own(host, { family: 4, hints: 0, all: false }, (error, found) => {
      const address = Array.isArray(found) ? found[0]?.address : found;
      if (error !== null && error !== undefined) done(error);
      else if (address === undefined) done(notFound('getaddrinfo', host));
      else done(null, address);
    });
  }
}

/** Finds the address of a name; like a resolver, not at once. */
export function resolveName(machine: Machine, host: string, done: LookupDone): void {
  const address = machine.network.resolve(host.toLowerCase());
  virtualTimers.setImmediate(() => {
    if (address === undefined) done(notFound('getaddrinfo', host));
    else done(null, address);
  });
}

/** Nobody has this name. */
export function notFound(syscall: string, hostname: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`${syscall} ENOTFOUND ${hostname}`);
  return Object.assign(error, { errno: NOT_FOUND_ERRNO, code: 'ENOTFOUND', syscall, hostname });
}
