// The configuration of a hosted gossipsub, what options of the package it stands for, and what the package keeps by it.
// Invariant: whatever is not named here is as the package has it by default.
import type { Retention } from '../../sim/census/retention.ts';

/** Defaults of a hosted gossipsub. */
export const GOSSIPSUB_DEFAULTS = {
  /** Connections that a node looks for; others bring it about as many again. */
  dials: 4,
  /** Take part in a topic of one's own as well, named after the peer. */
  ownTopic: true,
  /** Sign and verify messages, as the package does by default. */
  signed: true,
  /** Score peers by what they deliver, as beacon chains do; by default nothing that the package scores is positive. */
  scored: true,
  /** How long the score of a peer that left is kept, in milliseconds: the option `scoreParams.retainScore`. */
  retainScoreMs: 3_600_000,
};

/** Configuration of a hosted gossipsub. */
export type GossipsubConfig = Readonly<typeof GOSSIPSUB_DEFAULTS>;

/** The package's options. */
export function gossipsubOptions({ signed, scored, retainScoreMs }: GossipsubConfig, topic: string): object {
  // A publisher of every few seconds is no reason to fear for a mesh: what is lost by silence does not count.
  const topics = { [topic]: { meshMessageDeliveriesWeight: 0, meshFailurePenaltyWeight: 0 } };
  return {
    globalSignaturePolicy: signed ? 'StrictSign' : 'StrictNoSign',
    allowPublishToZeroTopicPeers: true,
    scoreParams: { retainScore: retainScoreMs, ...(scored ? { topics } : {}) },
  };
}

/** How long a peer may be gone before a node knows, in microseconds: a dead link idles out, and dials to it end. */
const NOTICE_US = 16_000_000;
/** GossipsubPruneBackoff of a minute, cleared at every 15th heartbeat with a slack of one. */
const BACKOFF_SECONDS = 76;

/** The longest timer that a node keeps re-arming, in microseconds: that by which it looks for peers. */
export const LONGEST_TIMER_US = 5_000_000;

/**
 * The longest time that it keeps something of a peer that left, in microseconds. The two minutes of records of deliveries
 * are not among it: these are as many as messages were delivered in that time, whoever has left meanwhile.
 */
export function longestRetentionUs({ retainScoreMs }: GossipsubConfig): number {
  return Math.max(retainScoreMs * 1000, BACKOFF_SECONDS * 1_000_000) + NOTICE_US;
}

/** What the package keeps of peers that are gone, by its own source. */
export function retentionOf({ retainScoreMs }: GossipsubConfig): readonly Retention[] {
  const kept = (path: string, seconds: number, why: string): Retention => {
    return { path: `gossipsub.${path}`, forUs: seconds * 1_000_000 + NOTICE_US, why };
  };
  const scoreSeconds = retainScoreMs / 1000;
  return [
    kept('score.peerStats', scoreSeconds, 'retainScore: whoever has misbehaved gains nothing by coming back'),
    kept('score.peerIPs', scoreSeconds, 'goes with the statistics of its peers'),
    {
      path: 'gossipsub.score.scoreCache',
      while: ['gossipsub.score.peerStats'],
      why: 'a score that is computed from statistics, and goes with them',
    },
    kept('score.deliveryRecords', 121, 'TimeCacheDuration: who delivered a message, for two minutes'),
    kept('backoff', BACKOFF_SECONDS, 'GossipsubPruneBackoff, and the heartbeats until it is cleared'),
    kept('mcache', 6, 'GossipsubHistoryLength: messages of five heartbeats, with their authors'),
    kept('gossipTracer', 33, 'promises of three seconds, and ten times that for metrics'),
  ];
}
