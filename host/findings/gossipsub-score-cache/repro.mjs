// @libp2p/gossipsub 17.1.1: each peer that leaves with a positive score leaves an entry in PeerScore.scoreCache for ever.
//
//   npm install @libp2p/gossipsub@17.1.1 @libp2p/crypto @libp2p/peer-id @multiformats/multiaddr
//   node --expose-gc repro.mjs [peers]
import { generateKeyPair } from '@libp2p/crypto/keys';
import { gossipsub } from '@libp2p/gossipsub';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';

const peers = Number(process.argv[2] ?? 2000);

const log = Object.assign(() => {}, { enabled: false, error: () => {}, trace: () => {}, newScope: () => log });

/** What libp2p's registrar tells gossipsub of: peers that connect and disconnect. */
let topology;
const privateKey = await generateKeyPair('Ed25519');
const pubsub = gossipsub({
  // Any positive score will do; with topic parameters a peer earns one by being in the mesh.
  scoreParams: { appSpecificScore: () => 1 },
})({
  privateKey,
  peerId: peerIdFromPrivateKey(privateKey),
  logger: { forComponent: () => log },
  registrar: {
    handle: async () => {},
    unhandle: async () => {},
    register: async (_protocol, registered) => {
      topology = registered;
      return 'id';
    },
    unregister: () => {},
  },
  peerStore: { merge: async () => {} },
  connectionManager: {},
});
await pubsub.start();

async function comeAndGo(index) {
  const remotePeer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'));
  const remoteAddr = multiaddr(`/ip4/10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}/tcp/4001`);
  const newStream = async () => {
    throw new Error('not needed here');
  };
  topology.onConnect(remotePeer, { remotePeer, remoteAddr, direction: 'inbound', status: 'open', newStream });
  topology.onDisconnect(remotePeer);
}

function report(gone) {
  globalThis.gc?.();
  const { peerStats, peerIPs, scoreCache } = pubsub.score;
  const heapKiB = Math.round(process.memoryUsage().heapUsed / 1024);
  console.log(
    `${gone} peers gone: connected ${pubsub.getPeers().length}, peerStats ${peerStats.size}, peerIPs ${peerIPs.size}, ` +
      `scoreCache ${scoreCache.size}, heap ${heapKiB} KiB`,
  );
}

for (let index = 0; index < peers; index++) {
  if (index % (peers / 4) === 0) report(index);
  await comeAndGo(index);
}
report(peers);

// The background job that expires statistics never comes to these entries: they have no statistics any more.
const realNow = Date.now;
Date.now = () => realNow() + 24 * 3600 * 1000;
pubsub.score.background();
const left = pubsub.score.scoreCache.size;
console.log(`a day later: scoreCache ${left}, expected 0`);
await pubsub.stop();
console.log(`after stop(): scoreCache ${pubsub.score.scoreCache.size}, expected 0`);
process.exitCode = left === 0 ? 0 : 1;
