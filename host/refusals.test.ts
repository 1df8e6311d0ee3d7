import child_process from 'node:child_process';
import crypto from 'node:crypto';
import dgram from 'node:dgram';
import dns from 'node:dns';
import * as fsNames from 'node:fs';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import * as netNames from 'node:net';
import net from 'node:net';
import tls from 'node:tls';
import worker_threads from 'node:worker_threads';
import zlib from 'node:zlib';
import test from 'ava';
import { Population } from './datagram-node.test.fixture.ts';
import { HostError } from './host-error.ts';
import { HostedSimulation } from './hosted-simulation.ts';

const nothing = (): void => {};
const key = new Uint8Array(8);

/** Calls that are refused, by the name that evidence gives them. */
const REFUSED: Readonly<Record<string, () => unknown>> = {
  'net.connect': () => net.connect(80),
  'net.createServer': () => netNames.createServer(),
  'net.Socket.connect': () => new net.Socket().connect(80),
  'dgram.createSocket': () => dgram.createSocket('udp4'),
  'tls.connect': () => tls.connect(443),
  'http.request': () => http.request('http://localhost'),
  'http.get': () => http.get('http://localhost'),
  'https.request': () => https.request('https://localhost'),
  fetch: () => fetch('http://localhost'),
  'dns.lookup': () => dns.lookup('localhost', nothing),
  'dns.promises.resolve4': () => dns.promises.resolve4('localhost'),
  'child_process.spawn': () => child_process.spawn('true'),
  'child_process.execSync': () => child_process.execSync('true'),
  'worker_threads.Worker': () => new worker_threads.Worker('0', { eval: true }),
  MessageChannel: () => new MessageChannel(),
  'Atomics.wait': () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1),
  'crypto.subtle.digest': () => crypto.subtle.digest('SHA-256', key),
  'crypto.scrypt': () => crypto.scrypt('', '', 8, nothing),
  'crypto.pbkdf2': () => crypto.pbkdf2('', '', 1, 8, 'sha256', nothing),
  'crypto.generateKeyPair': () => crypto.generateKeyPair('ed25519', {}, nothing),
  'crypto.generateKeyPairSync': () => crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'crypto.ECDH.generateKeys': () => crypto.createECDH('prime256v1').generateKeys(),
  'fs.readFile': () => fs.readFile('/nothing', nothing),
  'fs.writeFileSync': () => fsNames.writeFileSync('/nothing/at/all', ''),
  'fs.appendFileSync': () => fs.appendFileSync('/nothing/at/all', ''),
  'fs.mkdirSync': () => fs.mkdirSync('/nothing/at/all'),
  'fs.createWriteStream': () => fs.createWriteStream('/nothing/at/all'),
  'fs.promises.readFile': () => fs.promises.readFile('/nothing'),
  'zlib.gzip': () => zlib.gzip('', nothing),
  'zlib.createGzip': () => zlib.createGzip(),
};

test.serial(
  'what cannot be deterministic throws into the target, and is recorded with its call and stack',
  async (t) => {
    const host = new HostedSimulation({ seed: 'refusals' });
    const errors = new Map<string, unknown>();
    host.install();
    try {
      new Population(host).start(6, () => {
        setTimeout(function theTarget() {
          for (const [name, call] of Object.entries(REFUSED)) {
            try {
              call();
              t.fail(name);
            } catch (error) {
              errors.set(name, error);
            }
          }
          net.connect(80);
        }, 2500);
      });
      t.is(await host.run(5_000_000), 'reached');
    } finally {
      host.close();
    }
    const evidence = host.evidence.list();
    t.is(evidence.length, Object.keys(REFUSED).length);
    for (const [place, name] of Object.keys(REFUSED).entries()) {
      const error = errors.get(name);
      t.true(error instanceof HostError, `${name} ${String(error)}`);
      t.like(error, { code: 'not-deterministic', details: { call: name } });
      t.true((error as Error).message.startsWith(`${name} was called by p6 at 2.5 s: it `), (error as Error).message);
      const found = evidence[place]!;
      t.like(found, { kind: 'refused', node: 'p6', atUs: 2_500_000, count: name === 'net.connect' ? 2 : 1 });
      t.true(found.what.startsWith(`${name}: `), found.what);
      t.regex(found.stack.split('\n')[0]!, /refusals\.test/, name);
    }
  },
);

test.serial('what is synchronous and gives the same always is served', async (t) => {
  const host = new HostedSimulation({ seed: 'served' });
  const served: unknown[] = [];
  host.install();
  try {
    new Population(host).start(0, () => {
      served.push(crypto.createHash('sha256').update('').digest('hex').slice(0, 8));
      served.push(crypto.pbkdf2Sync('', '', 1, 4, 'sha256').length, crypto.scryptSync('', '', 4).length);
      served.push(zlib.gunzipSync(zlib.gzipSync('text')).toString(), fs.existsSync(import.meta.filename));
      served.push(fs.readFileSync(new URL(import.meta.url), 'utf8').length > 100, net.isIP('::1'));
      served.push(new net.Socket() instanceof net.Socket, structuredClone({ a: 1 }).a);
    });
    await host.run(1000);
  } finally {
    host.close();
  }
  t.deepEqual(host.evidence.list(), []);
  t.deepEqual(served, ['e3b0c442', 4, 4, 'text', true, true, 6, true, 1]);
});

test.serial('files may be used while a target is imported, and sockets may not', async (t) => {
  const host = new HostedSimulation({ seed: 'import' });
  host.install();
  try {
    const read = `import fs from 'node:fs/promises'; export const text = await fs.readFile(${JSON.stringify(import.meta.filename)}, 'utf8')`;
    const { text } = await host.load(`data:text/javascript,${encodeURIComponent(read)}`);
    t.regex(text as string, /sockets may not/);
    const dial = `import { connect } from 'node:net'; connect(80)`;
    const error = await t.throwsAsync(host.load(`data:text/javascript,${encodeURIComponent(dial)}`));
    t.like(error, { code: 'import-failed' });
    t.regex(error.message, /net\.connect was called outside any node at 0 s: it opens a real socket/);
    t.like(host.evidence.list()[0], { kind: 'refused', node: undefined, atUs: 0 });
  } finally {
    host.close();
  }
});

test.serial('nothing is refused once the host is closed, also by what was kept', async (t) => {
  const host = new HostedSimulation({ seed: 'closed' });
  host.install();
  const kept = { gzip: zlib.gzip, MessageChannel, digest: crypto.subtle.digest.bind(crypto.subtle) };
  host.close();
  t.is((await kept.digest('SHA-256', key)).byteLength, 32);
  const { port1 } = new kept.MessageChannel();
  t.true(port1 instanceof MessagePort);
  port1.close();
  const zipped = await new Promise<Buffer>((resolve, reject) => {
    kept.gzip('text', (error, result) => (error === null ? resolve(result) : reject(error)));
  });
  t.is(zlib.gunzipSync(zipped).toString(), 'text');
});
