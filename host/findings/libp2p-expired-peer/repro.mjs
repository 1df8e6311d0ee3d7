// libp2p 3.3.11: when the peer store's entry of a connected peer has expired, nobody is told that the peer disconnects.
//
//   npm install libp2p@3.3.11 @libp2p/tcp @libp2p/noise @libp2p/yamux @libp2p/identify
//   node repro.mjs [maxPeerAge in ms]
import { setTimeout as pause } from 'node:timers/promises';
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';

// libp2p 3 needs it, and Node 20 has it not.
Promise.withResolvers ??= function withResolvers() {
  let resolve;
  let reject;
  const promise = new this((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
};

// Six hours by default; what matters is that the connection outlives it.
const maxPeerAge = Number(process.argv[2] ?? 1000);
const PROTOCOL = '/repro/1.0.0';

const start = (peerStore) =>
  createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
    peerStore,
  });

const near = await start({ maxPeerAge, maxAddressAge: maxPeerAge });
const far = await start({});
await far.handle(PROTOCOL, () => {});

const told = { connects: 0, disconnects: 0 };
await near.register(PROTOCOL, {
  onConnect: () => told.connects++,
  onDisconnect: () => told.disconnects++,
});

await near.dial(far.getMultiaddrs());
await pause(3000);
const gone = new Promise((resolve) => near.addEventListener('peer:disconnect', resolve, { once: true }));
await far.stop();
await gone;
await pause(200);
console.log(`connections left: ${near.getConnections().length}`);
console.log(`topology told: ${told.connects} connect, ${told.disconnects} disconnect, expected 1 and 1`);
await near.stop();
process.exitCode = told.disconnects === told.connects ? 0 : 1;
