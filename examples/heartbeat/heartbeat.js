// A heartbeat failure detector: every node beats to every other, suspects who is silent, and forgets who stays so.
import { defineModel } from 'quicksoak/models';

/** @import { PeerId } from 'quicksoak' */
/** @typedef {{ kind: 'hello' | 'beat' } | { kind: 'members', members: PeerId[] }} Message */

export const heartbeat = defineModel({
  name: 'heartbeat',
  summary: 'every node beats to every other, suspects those that are silent, and forgets those that stay so',
  types: /** @type {{ message: Message, timer: 'beat' }} */ ({}),
  transport: 'datagrams',
  config: { intervalUs: 1_000_000, suspectAfterUs: 3_000_000, forgetAfterUs: 10_000_000 },
  defects: {
    'suspicions-kept': 'a suspicion goes only when its peer is heard again, which one that is gone for good never is',
  },
  // A calm outlasts both, so that what is still there at its end has no excuse.
  longestTimerUs: ({ intervalUs }) => intervalUs,
  longestRetentionUs: ({ forgetAfterUs, intervalUs }) => forgetAfterUs + 2 * intervalUs,

  state: () => ({
    /** When each peer was heard last. */
    heard: /** @type {Map<PeerId, number>} */ (new Map()),
    /** Since when it is suspected. */
    suspected: /** @type {Map<PeerId, number>} */ (new Map()),
    beats: 0,
  }),

  handle(state, input, io) {
    const { heard, suspected } = state;
    switch (input.kind) {
      case 'start':
        for (const peer of io.contacts) io.send(peer, { kind: 'hello' });
        io.setTimer(io.random.below(io.config.intervalUs), 'beat');
        break;
      case 'message':
        heard.set(input.from, io.nowUs);
        suspected.delete(input.from);
        if (input.message.kind === 'hello') io.send(input.from, { kind: 'members', members: [...heard.keys()] });
        if (input.message.kind === 'members') {
          for (const peer of input.message.members) {
            if (peer === io.self || heard.has(peer)) continue;
            heard.set(peer, io.nowUs);
            io.send(peer, { kind: 'hello' });
          }
        }
        break;
      case 'timer':
        for (const [peer, atUs] of heard) {
          const silentUs = io.nowUs - atUs;
          if (silentUs > io.config.forgetAfterUs) {
            heard.delete(peer);
            if (!io.defects['suspicions-kept']) suspected.delete(peer);
          } else if (silentUs > io.config.suspectAfterUs && !suspected.has(peer)) suspected.set(peer, io.nowUs);
        }
        for (const peer of heard.size > 0 ? heard.keys() : io.askContacts()) {
          io.send(peer, { kind: heard.has(peer) ? 'beat' : 'hello' });
          state.beats++;
        }
        io.setTimer(io.config.intervalUs, 'beat');
    }
  },

  neighbours: ({ heard }) => heard.keys(),
});
