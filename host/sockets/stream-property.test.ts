import net from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { Population } from './population.test.fixture.ts';

/** One way to write a stream and to read it. */
const traffic = fc.record({
  sizes: fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 20 }),
  /** Milliseconds between two writes. */
  everyMs: fc.integer({ min: 0, max: 300 }),
  /** The reader stops after each chunk for so long; 0 reads on. */
  pauseMs: fc.integer({ min: 0, max: 100 }),
});

const faults = fc.record({
  jitterUs: fc.constantFrom(0, 30_000),
  lossShare: fc.constantFrom(0, 0.2),
  duplicateShare: fc.constantFrom(0, 0.2),
  reorderShare: fc.constantFrom(0, 0.3),
  bandwidthBytesPerSecond: fc.constantFrom(null, 1_000_000),
});

/** A cut of some kind, shorter than the idle timeout. */
const cut = fc.record({
  kind: fc.constantFrom('partition' as const, 'one-way' as const, 'black-hole' as const, 'hold' as const),
  atMs: fc.integer({ min: 50, max: 3000 }),
  forMs: fc.integer({ min: 1, max: 8000 }),
});

type Traffic = typeof traffic extends fc.Arbitrary<infer Value> ? Value : never;
type Cut = typeof cut extends fc.Arbitrary<infer Value> ? Value : never;

/** Bytes that tell their place in the stream. */
function streamOf(sizes: readonly number[]): Buffer[] {
  let at = 0;
  return sizes.map((size) => Buffer.from(Array.from({ length: size }, () => (at++ * 31) % 251)));
}

function write(socket: net.Socket, { sizes, everyMs }: Traffic): void {
  const left = streamOf(sizes);
  const next = (): void => {
    const chunk = left.shift();
    if (chunk === undefined) socket.end();
    else {
      socket.write(chunk);
      setTimeout(next, everyMs);
    }
  };
  next();
}

function read(socket: net.Socket, { pauseMs }: Traffic, done: (bytes: Buffer) => void): void {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (pauseMs === 0) return;
    socket.pause();
    setTimeout(() => socket.resume(), pauseMs);
  });
  socket.on('end', () => done(Buffer.concat(chunks)));
  socket.on('error', (error) => {
    throw error;
  });
}

function applyCut(population: Population, { kind, atMs, forMs }: Cut): void {
  const { cuts } = population.network;
  const { simulation } = population.host;
  const toggle = (on: boolean): void => {
    if (kind === 'black-hole') cuts.blackHole(1, on);
    else if (kind === 'hold' && on) cuts.hold(1, 0);
    else if (kind === 'hold') cuts.release(1, 0);
    else if (on) cuts.partition('', [[0], [1]], kind === 'one-way');
    else cuts.heal(undefined);
  };
  simulation.at(atMs * 1000, () => toggle(true));
  simulation.at((atMs + forMs) * 1000, () => toggle(false));
}

test.serial('every byte of a stream arrives once and in order, both ways, whatever delays it', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      traffic,
      traffic,
      faults,
      fc.option(cut, { nil: undefined }),
      async (up, down, network, oneCut) => {
        using population = new Population({}, { ...network, connectTimeoutUs: 60_000_000, idleTimeoutUs: 600_000_000 });
        const got: Buffer[] = [];
        population.start(0, () => {
          const server = net.createServer({ allowHalfOpen: true }, (socket) => {
            read(socket, up, (bytes) => (got[0] = bytes));
            write(socket, down);
          });
          server.listen(80);
        });
        population.start(1, () => {
          const socket = net.connect({ port: 80, host: 'p0.test', allowHalfOpen: true }, () => write(socket, up));
          read(socket, down, (bytes) => (got[1] = bytes));
        });
        if (oneCut !== undefined) applyCut(population, oneCut);
        await population.run(1_200_000);
        const sent = [up, down].map(({ sizes }) => Buffer.concat(streamOf(sizes)));
        const { evidence } = population.host;
        return (
          sent.every((bytes, way) => got[way]?.equals(bytes)) &&
          evidence.list().length === 0 &&
          population.node(0).machine.endpoints.size === 0 &&
          population.node(1).machine.endpoints.size === 0 &&
          population.sockets.stalled.size === 0
        );
      },
    ),
    { seed: 11, numRuns: 40 },
  );
  t.pass();
});
