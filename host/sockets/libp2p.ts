// Whole `libp2p` as a hosted target: its own TCP transport, noise, yamux, identify and gossipsub, over virtual sockets.
// Invariant: every package is what its authors published, and is imported by libp2p's own copies of what they share.
import { createHash } from 'node:crypto';
import { opaque } from '../../sim/census/opaque.ts';
import type { Retention } from '../../sim/census/retention.ts';
import { InputError } from '../../sim/errors.ts';
import { findInstalled, importAs, importPackage } from '../libp2p/installed-package.ts';
import type { InstalledPackage } from '../libp2p/installed-package.ts';
import { supplyWithResolvers } from '../libp2p/library.ts';
import type { HostedModel } from '../model/define-hosted.ts';
import type { HostedPeer } from '../model/hosted-peer.ts';
import { addressOf } from './addresses.ts';
import { defineHostedSockets } from './define-hosted-sockets.ts';
import { installedTarget } from './installed-target.ts';

/** Configuration of a hosted libp2p. */
export interface Libp2pConfig {
  /** Connections that a node looks for; others may bring it more. */
  readonly dials: number;
  /** How long an entry of the peer store lives, in milliseconds; libp2p's own default is six hours. */
  readonly maxPeerAgeMs: number;
  /** Interval of gossipsub's heartbeat, in milliseconds; its own default is a second. */
  readonly heartbeatMs: number;
  /** How long gossipsub keeps the score of a peer that left, in milliseconds; its own default is an hour. */
  readonly retainScoreMs: number;
  /** What a kill takes down: `machine`, which is silent then, or `process`, whose kernel closes its connections. */
  readonly kill: string;
}

/** Further packages that the target is made of, by the names that they are installed under. */
export const LIBP2P_PARTS = ['@libp2p/tcp', '@libp2p/noise', '@libp2p/yamux', '@libp2p/identify', 'gossipsub-17'];

interface RemotePeer {
  toString(): string;
  /** By which the peer store has it. */
  toCID(): { toString(): string };
  toMultihash(): { readonly bytes: Uint8Array };
}

interface PubSub {
  subscribe(topic: string): void;
  publish(topic: string, data: Uint8Array): Promise<unknown>;
  addEventListener(
    type: 'message',
    listener: (event: { readonly detail: { readonly data: Uint8Array } }) => void,
  ): void;
}

interface Libp2p {
  readonly peerId: RemotePeer;
  readonly services: { readonly pubsub: PubSub };
  dial(to: unknown): Promise<{ readonly remotePeer: RemotePeer }>;
  addEventListener(
    type: 'peer:connect' | 'peer:disconnect',
    listener: (event: { readonly detail: RemotePeer }) => void,
  ): void;
  stop(): Promise<void>;
}

type Factory = (options?: object) => unknown;

/** Everything that a node is made of. */
interface Library {
  createLibp2p(options: object): Promise<Libp2p>;
  multiaddr(text: string): unknown;
  generateKeyPairFromSeed(type: 'Ed25519', seed: Uint8Array): Promise<unknown>;
  readonly tcp: Factory;
  readonly noise: Factory;
  readonly yamux: Factory;
  readonly identify: Factory;
  readonly gossipsub: Factory;
}

const PORT = 4001;
const TOPIC = 'quicksoak';
/** How often a node with too few connections dials a contact, in milliseconds. */
const DISCOVERY_MS = 5000;
const PEER_ID = Symbol.for('@libp2p/peer-id');

/** What a life shows. */
interface Exposed {
  readonly node: Libp2p;
  readonly overlay: Overlay;
}

/** Whom a node is connected to, as it said itself: to ask libp2p after every event takes most of a run. */
class Overlay {
  readonly peers = new Set<string>();

  constructor(node: Libp2p) {
    node.addEventListener('peer:connect', ({ detail }) => this.peers.add(String(detail)));
    node.addEventListener('peer:disconnect', ({ detail }) => this.peers.delete(String(detail)));
  }

  get [opaque](): boolean {
    return true;
  }
}

/** The release that the tests speak of. */
export const LIBP2P_VERSION = '3.3.11';

/**
 * Whole libp2p as a model: nodes dial contacts until they have enough, and publish on one topic.
 *
 * @throws {InputError} See {@link installedTarget}.
 */
export function wholeLibp2p(version = LIBP2P_VERSION): HostedModel<Libp2pConfig> {
  const installed = installedTarget('libp2p', version);
  return defineHostedSockets({
    name: `libp2p@${version}`,
    summary: 'nodes of libp2p with TCP, noise, yamux, identify and gossipsub, that dial, publish and are killed',
    source: 'https://www.npmjs.com/package/libp2p',
    config: { dials: 4, maxPeerAgeMs: 21_600_000, retainScoreMs: 3_600_000, heartbeatMs: 1000, kill: 'machine' },
    // Identify's push, yamux's keep-alive and gossipsub's heartbeat.
    longestTimerUs: ({ heartbeatMs }) => Math.max(30_000, heartbeatMs) * 1000,
    sockets: ({ kill }) => ({ kill: killOf(kill) }),
    contradiction: ({ kill }) =>
      killOf(kill) === kill ? undefined : `config.kill: received ${JSON.stringify(kill)}, expected machine or process`,
    retains: retentionOf,
    load: () => loadLibrary(installed),
    recognise: (value) => (isPeerId(value) ? value.toString() : undefined),
    boot: start,
    stop: ({ node }: Exposed) => node.stop(),
    neighbours: ({ overlay }: Exposed) => overlay.peers,
  });
}

/** How long a peer may be gone before a node knows, in microseconds: a dead connection times out. */
const NOTICE_US = 30_000_000;

/** What the packages keep of peers that are gone, by their own documentation. */
function retentionOf({ maxPeerAgeMs, retainScoreMs, heartbeatMs }: Libp2pConfig): readonly Retention[] {
  const kept = (path: string, ms: number, why: string): Retention => {
    return { path: `node.${path}`, forUs: ms * 1000 + NOTICE_US, why };
  };
  return [
    kept('peerStore', maxPeerAgeMs, 'maxPeerAge: what was last known of a peer'),
    kept(
      'services.pubsub.score.peerStats',
      retainScoreMs,
      'retainScore: whoever misbehaved gains nothing by coming back',
    ),
    kept('services.pubsub.score.peerIPs', retainScoreMs, 'goes with the statistics of its peers'),
    {
      path: 'node.services.pubsub.score.scoreCache',
      while: ['node.services.pubsub.score.peerStats'],
      why: 'a score that is computed from statistics, and goes with them',
    },
    kept(
      'services.pubsub.score.deliveryRecords',
      121_000,
      'TimeCacheDuration: who delivered a message, for two minutes',
    ),
    kept('services.pubsub.backoff', 60_000 + 16 * heartbeatMs, 'a minute, cleared at every 15th heartbeat'),
    kept(
      'services.pubsub.mcache',
      6 * heartbeatMs,
      'GossipsubHistoryLength: messages of five heartbeats, with their authors',
    ),
    kept('services.pubsub.gossipTracer', 33_000, 'promises of three seconds, and ten times that for metrics'),
  ];
}

function isPeerId(value: object): value is RemotePeer {
  return (value as { [PEER_ID]?: unknown })[PEER_ID] === true;
}

function killOf(kill: string): 'machine' | 'process' {
  return kill === 'process' ? 'process' : 'machine';
}

async function loadLibrary(installed: InstalledPackage): Promise<Library> {
  supplyWithResolvers();
  const parts = await Promise.all(
    LIBP2P_PARTS.map(async (name) => {
      const part = findInstalled(name);
      if (part !== undefined) return importPackage<Record<string, Factory>>(part);
      throw new InputError('package-not-installed', `libp2p: no package ${name} is installed`);
    }),
  );
  const factories = Object.assign({}, ...parts) as Library;
  const { createLibp2p } = await importPackage<Pick<Library, 'createLibp2p'>>(installed);
  const { multiaddr } = await importAs<Pick<Library, 'multiaddr'>>(installed, '@multiformats/multiaddr');
  const { generateKeyPairFromSeed } = await importAs<Pick<Library, 'generateKeyPairFromSeed'>>(
    installed,
    '@libp2p/crypto/keys',
  );
  const { tcp, noise, yamux, identify, gossipsub } = factories;
  return { createLibp2p, multiaddr, generateKeyPairFromSeed, tcp, noise, yamux, identify, gossipsub };
}

async function start(node: HostedPeer<Libp2pConfig>, library: Library): Promise<Exposed> {
  const { dials, maxPeerAgeMs, retainScoreMs, heartbeatMs } = node.config;
  const seed = createHash('sha256').update(`libp2p identity of ${node.name}`).digest();
  const libp2p = await library.createLibp2p({
    privateKey: await library.generateKeyPairFromSeed('Ed25519', seed),
    addresses: { listen: [`/ip4/${addressOf(node.index)}/tcp/${PORT}`] },
    transports: [library.tcp()],
    connectionEncrypters: [library.noise()],
    streamMuxers: [library.yamux()],
    peerStore: { maxPeerAge: maxPeerAgeMs, maxAddressAge: maxPeerAgeMs },
    services: {
      identify: library.identify(),
      pubsub: library.gossipsub({
        allowPublishToZeroTopicPeers: true,
        heartbeatInterval: heartbeatMs,
        scoreParams: { retainScore: retainScoreMs },
      }),
    },
  });
  const { peerId, services } = libp2p;
  node.isCalled(String(peerId), String(peerId.toCID()), peerId.toMultihash().bytes);
  const exposed = { node: libp2p, overlay: new Overlay(libp2p) };
  node.exposes(exposed);
  services.pubsub.addEventListener('message', ({ detail }) => {
    node.delivered(Buffer.from(detail.data).toString().split('\n', 1)[0]!);
  });
  node.onBroadcast((id, content) => services.pubsub.publish(TOPIC, Buffer.from(`${id}\n${content}`)));
  services.pubsub.subscribe(TOPIC);
  const met = new Map<string, string>();
  const seek = async (): Promise<void> => {
    for (const contact of node.contacts()) {
      if (exposed.overlay.peers.size >= dials) return;
      if (exposed.overlay.peers.has(met.get(contact) ?? '')) continue;
      // A contact that is down is tried again in time.
      const connection = await libp2p.dial(library.multiaddr(addressText(contact))).catch(() => undefined);
      if (connection !== undefined) met.set(contact, String(connection.remotePeer));
    }
  };
  setInterval(() => void seek(), DISCOVERY_MS);
  void seek();
  return exposed;
}

function addressText(name: string): string {
  return `/ip4/${addressOf(Number(name.slice(1)))}/tcp/${PORT}`;
}
