// The calls of a hosted run that cannot be deterministic: each throws into the target and is recorded with its stack.
// Invariant: a refused call has had no effect; without a hosted simulation, or before a run for files, nothing is refused.
import child_process from 'node:child_process';
import cluster from 'node:cluster';
import crypto from 'node:crypto';
import dgram from 'node:dgram';
import dns from 'node:dns';
import fs from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import process from 'node:process';
import tls from 'node:tls';
import worker_threads from 'node:worker_threads';
import zlib from 'node:zlib';
import { framesOf } from './evidence.ts';
import { HostError } from './host-error.ts';
import type { Patches } from './patches.ts';
import { isSeededKeyPair } from './seeded-keys.ts';
import { thread } from './thread.ts';

const SOCKET = 'opens a real socket';
const POOL = "does its work on a pool of threads, which end in no order; use the call's synchronous form";
const OPENSSL = "draws from OpenSSL's own randomness, which has no seed";
const FILE = 'uses a real file while the run goes on';
const THREAD = 'starts or talks to something that runs in real time';
const SLEEP = 'waits in real time';

/** Calls of one object that are refused for one reason. */
interface Refusal {
  /** Prefix of the names in evidence. */
  readonly name: string;
  readonly object: object;
  readonly keys: readonly string[];
  readonly why: string;
  /** Refused only inside an event: an import may do it. */
  readonly inEvents?: boolean;
  /** Whether a call with these arguments is refused; default each. */
  readonly when?: (args: readonly unknown[]) => boolean;
}

const endsInCallback = (args: readonly unknown[]): boolean => typeof args.at(-1) === 'function';

/** Names of functions of an object, its prototype's when it is an instance. */
function functionsOf(object: object, test: (name: string) => boolean): string[] {
  return Object.getOwnPropertyNames(object).filter((name) => {
    const value: unknown = Object.getOwnPropertyDescriptor(object, name)?.value;
    return typeof value === 'function' && name !== 'constructor' && test(name);
  });
}

/** Functions of `node:fs` without a `Sync` twin, or with one that writes. */
const WRITES =
  /^(append|chmod|chown|copy|cp|fchmod|fchown|fdatasync|fsync|ftruncate|futimes|lchmod|lchown|link|lutimes|mkdir|mkdtemp|open|rename|rm|rmdir|symlink|truncate|unlink|utimes|write|writev|writeFile)(File)?Sync$/;
const FILE_STREAMS = ['createReadStream', 'createWriteStream', 'watch', 'watchFile', 'openAsBlob', 'opendir'];

function refusals(): Refusal[] {
  const subtle = Object.getPrototypeOf(crypto.webcrypto.subtle) as object;
  const isAsyncFile = (name: string): boolean => typeof fs[`${name}Sync` as keyof typeof fs] === 'function';
  const isPooled = (name: string): boolean => typeof zlib[`${name}Sync` as keyof typeof zlib] === 'function';
  const globals = globalThis;
  return [
    { name: 'net', object: net, keys: ['connect', 'createConnection', 'createServer'], why: SOCKET },
    { name: 'net.Socket', object: net.Socket.prototype, keys: ['connect'], why: SOCKET },
    { name: 'net.Server', object: net.Server.prototype, keys: ['listen'], why: SOCKET },
    { name: 'dgram', object: dgram, keys: ['createSocket'], why: SOCKET },
    { name: 'dgram.Socket', object: dgram.Socket.prototype, keys: ['bind', 'connect', 'send'], why: SOCKET },
    { name: 'tls', object: tls, keys: ['connect', 'createServer'], why: SOCKET },
    { name: 'http', object: http, keys: ['request', 'get', 'createServer'], why: SOCKET },
    { name: 'https', object: https, keys: ['request', 'get', 'createServer'], why: SOCKET },
    { name: 'http2', object: http2, keys: ['connect', 'createServer', 'createSecureServer'], why: SOCKET },
    { name: '', object: globals, keys: ['fetch', 'WebSocket', 'EventSource'], why: SOCKET },
    { name: 'dns', object: dns, keys: functionsOf(dns, (name) => /^(lookup|resolve|reverse)/.test(name)), why: SOCKET },
    {
      name: 'dns.promises',
      object: dns.promises,
      keys: functionsOf(dns.promises, (name) => /^(lookup|resolve|reverse)/.test(name)),
      why: SOCKET,
    },
    {
      name: 'child_process',
      object: child_process,
      keys: functionsOf(child_process, (name) => !name.startsWith('_')),
      why: THREAD,
    },
    { name: 'cluster', object: cluster, keys: ['fork'], why: THREAD },
    {
      name: 'worker_threads',
      object: worker_threads,
      keys: ['Worker', 'MessageChannel'],
      why: THREAD,
    },
    { name: '', object: globals, keys: ['MessageChannel'], why: THREAD },
    { name: 'Atomics', object: Atomics, keys: ['wait', 'waitAsync'], why: SLEEP },
    { name: 'crypto.subtle', object: subtle, keys: functionsOf(subtle, () => true), why: POOL },
    {
      name: 'crypto',
      object: crypto,
      keys: ['scrypt', 'pbkdf2', 'hkdf', 'argon2', 'checkPrime', 'generateKey', 'generateKeyPair', 'generatePrime'],
      why: POOL,
    },
    {
      name: 'crypto',
      object: crypto,
      keys: ['sign', 'verify', 'diffieHellman', 'encapsulate', 'decapsulate'],
      why: POOL,
      when: endsInCallback,
    },
    { name: 'crypto', object: crypto, keys: ['generatePrimeSync'], why: OPENSSL },
    {
      name: 'crypto',
      object: crypto,
      keys: ['generateKeyPairSync'],
      why: OPENSSL,
      when: ([kind]) => !isSeededKeyPair(kind),
    },
    { name: 'crypto.ECDH', object: crypto.ECDH.prototype, keys: ['generateKeys'], why: OPENSSL },
    { name: 'crypto.DiffieHellman', object: crypto.DiffieHellman.prototype, keys: ['generateKeys'], why: OPENSSL },
    { name: 'fs', object: fs, keys: functionsOf(fs, isAsyncFile), why: FILE, inEvents: true },
    { name: 'fs', object: fs, keys: functionsOf(fs, (name) => WRITES.test(name)), why: FILE, inEvents: true },
    { name: 'fs', object: fs, keys: FILE_STREAMS, why: FILE, inEvents: true },
    { name: 'fs.promises', object: fs.promises, keys: functionsOf(fs.promises, () => true), why: FILE, inEvents: true },
    { name: 'zlib', object: zlib, keys: functionsOf(zlib, isPooled), why: POOL, inEvents: true },
    {
      name: 'zlib',
      object: zlib,
      keys: functionsOf(zlib, (name) => name.startsWith('create')),
      why: POOL,
      inEvents: true,
    },
    { name: '', object: globals, keys: ['CompressionStream', 'DecompressionStream'], why: POOL, inEvents: true },
  ];
}

/** Calls that end the process. */
const EXITS = ['exit', 'reallyExit', 'abort', 'kill'];

/** Replaces what is refused. */
export function installRefusals(patches: Patches): void {
  for (const { object, keys, ...refusal } of refusals()) {
    for (const key of new Set(keys)) {
      const name = refusal.name === '' ? key : `${refusal.name}.${key}`;
      patches.replace(object, key, (original) => guarded(original as (...args: unknown[]) => unknown, name, refusal));
    }
  }
  for (const key of EXITS) {
    patches.replace(process, key, (original) => guardedExit(original as (...args: unknown[]) => unknown, key));
  }
}

/** A stand-in that is the original in all but calls, so that `instanceof` and constants go on as they are. */
function guarded(
  original: (...args: unknown[]) => unknown,
  name: string,
  { why, inEvents = false, when }: Pick<Refusal, 'why' | 'inEvents' | 'when'>,
): unknown {
  const check = (args: unknown[], from: unknown): void => {
    const { host } = thread;
    if (host === undefined || (inEvents && !host.inside) || when?.(args) === false) return;
    const error = new HostError('not-deterministic', `${name} was called ${host.whenAndWho()}: it ${why}`, {
      call: name,
    });
    Error.captureStackTrace(error, from as () => void);
    host.refused(`${name}: ${why}`, framesOf(error.stack ?? ''));
    throw error;
  };
  const traps: ProxyHandler<(...args: unknown[]) => unknown> = {
    apply(target, self, args: unknown[]) {
      check(args, Reflect.get(traps, 'apply'));
      return Reflect.apply(target, self, args);
    },
    construct(target, args: unknown[], newTarget) {
      check(args, Reflect.get(traps, 'construct'));
      return Reflect.construct(target, args, newTarget) as object;
    },
  };
  return new Proxy(original, traps);
}

function guardedExit(original: (...args: unknown[]) => unknown, name: string): unknown {
  const exit = (...args: unknown[]): unknown => {
    const { host } = thread;
    // A signal 0 only asks whether a process is there.
    if (host === undefined || (name === 'kill' && args[1] === 0)) return Reflect.apply(original, process, args);
    const call = `process.${name}(${args.map(String).join(', ')})`;
    const error = new HostError('exit-called', `${call} was called ${host.whenAndWho()}`, { call });
    Error.captureStackTrace(error, exit);
    host.exited(call, framesOf(error.stack ?? ''));
    throw error;
  };
  return exit;
}
