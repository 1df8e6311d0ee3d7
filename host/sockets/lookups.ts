// `node:dns` and `node:os` of a virtual node: names of the simulation, and the interfaces of a machine of its own.
// Invariant: no answer depends on the machine that the run is on.
import dns from 'node:dns';
import { isIP } from 'node:net';
import os from 'node:os';
import process from 'node:process';
import type { Patches } from '../patches.ts';
import { LOOPBACK, nameOf } from './addresses.ts';
import { notFound, resolveName } from './names.ts';
import { nodeError } from './socket-error.ts';
import { machineHere } from './machine.ts';
import type { Machine } from './machine.ts';

type Call = (...args: unknown[]) => unknown;
type Done = (error: Error | null, ...found: unknown[]) => void;

interface Found {
  readonly address: string;
  readonly family: number;
}

/** Replaces the look-ups that a virtual node is given. */
export function installLookups(patches: Patches): void {
  patches.replace(dns, 'lookup', (refused) => (...args: unknown[]) => {
    const machine = machineHere();
    if (machine === undefined) return (refused as Call)(...args);
    const [host, options] = args;
    const done = args.at(-1) as Done;
    if (typeof done !== 'function')
      throw nodeError('ERR_INVALID_ARG_TYPE', 'The "callback" argument must be of type function.', TypeError);
    find(machine, host, (error, found) => {
      if (error !== null) done(error);
      else if (wantsAll(options)) done(null, [found]);
      else done(null, found!.address, found!.family);
    });
    return {};
  });
  patches.replace(dns.promises, 'lookup', (refused) => async (...args: unknown[]) => {
    const machine = machineHere();
    if (machine === undefined) return (refused as Call)(...args);
    const found = await promisedFind(machine, args[0]);
    return wantsAll(args[1]) ? [found] : found;
  });
  patches.replace(dns, 'resolve4', (refused) => (...args: unknown[]) => {
    const machine = machineHere();
    if (machine === undefined) return (refused as Call)(...args);
    const done = args.at(-1) as Done;
    find(machine, args[0], (error, found) => (error === null ? done(null, [found!.address]) : done(error)));
    return {};
  });
  patches.replace(dns.promises, 'resolve4', (refused) => async (...args: unknown[]) => {
    const machine = machineHere();
    if (machine === undefined) return (refused as Call)(...args);
    return [(await promisedFind(machine, args[0])).address];
  });
  patches.replace(os, 'hostname', (original) => () => {
    const machine = machineHere();
    return machine === undefined ? (original as Call)() : nameOf(machine.peer.index);
  });
  patches.replace(os, 'networkInterfaces', (original) => () => {
    const machine = machineHere();
    return machine === undefined ? (original as Call)() : interfacesOf(machine);
  });
}

function find(machine: Machine, host: unknown, done: (error: Error | null, found?: Found) => void): void {
  const family = isIP(String(host));
  if (family !== 0) process.nextTick(() => done(null, { address: String(host), family }));
  else if (typeof host !== 'string') process.nextTick(() => done(notFound('getaddrinfo', String(host))));
  else
    resolveName(machine, host, (error, address) =>
      done(error, error === null ? { address: address!, family: 4 } : undefined),
    );
}

function promisedFind(machine: Machine, host: unknown): Promise<Found> {
  return new Promise((resolve, reject) => {
    find(machine, host, (error, found) => (error === null ? resolve(found!) : reject(error)));
  });
}

function wantsAll(options: unknown): boolean {
  return typeof options === 'object' && options !== null && (options as { all?: unknown }).all === true;
}

function interfacesOf(machine: Machine): NodeJS.Dict<os.NetworkInterfaceInfo[]> {
  const { address } = machine;
  const mac = Buffer.from([2, 0, ...address.split('.').map(Number)])
    .toString('hex', 0, 6)
    .replaceAll(/(..)(?!$)/g, '$1:');
  const of = (info: { address: string; netmask: string; mac: string; internal: boolean; cidr: string }) => [
    { family: 'IPv4' as const, ...info },
  ];
  return {
    lo: of({
      address: LOOPBACK,
      netmask: '255.0.0.0',
      mac: '00:00:00:00:00:00',
      internal: true,
      cidr: `${LOOPBACK}/8`,
    }),
    eth0: of({ address, netmask: '255.0.0.0', mac, internal: false, cidr: `${address}/8` }),
  };
}
