// A heartbeat failure detector as a user would write it, and soaks of it.
// Invariant: without its defects it forgets every peer that is gone, within the times of its configuration.
import type { PeerId } from '../../sim/peer.ts';
import { typesOf } from '../../models/own/contract.ts';
import { defineModel } from '../../models/own/reducer-model.ts';
import { catalogueWith } from '../catalogue.ts';
import type { Property } from '../property.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput, Soak } from '../soak/scenario.ts';

type Message = { readonly kind: 'hello' | 'beat' } | { readonly kind: 'members'; readonly members: readonly PeerId[] };

/** Knows everybody, beats to everybody, suspects who is silent and forgets who stays so. */
export const heartbeat = defineModel({
  name: 'heartbeat',
  summary: 'every node beats to every other, suspects those that are silent, and forgets those that stay so',
  types: typesOf<{ message: Message; timer: 'beat' }>(),
  transport: 'datagrams',
  config: { intervalUs: 1_000_000, suspectAfterUs: 3_000_000, forgetAfterUs: 10_000_000 },
  defects: {
    'suspicions-kept': 'a suspicion is dropped only when its peer is heard again, which one that is gone never is',
    'beats-pile': 'every peer that was ever suspected makes a node beat once more a second, for ever',
    'suspects-itself': 'a node that has handled a hundred rounds suspects itself',
  },
  longestTimerUs: ({ intervalUs }) => intervalUs,
  longestRetentionUs: ({ forgetAfterUs, intervalUs }) => forgetAfterUs + 2 * intervalUs,
  state: () => ({
    heard: new Map<PeerId, number>(),
    suspected: new Map<PeerId, number>(),
    rounds: 0,
    sent: 0,
    extra: 0,
  }),
  handle(state, input, io) {
    const { heard, suspected } = state;
    const meet = (peer: PeerId): void => {
      if (peer !== io.self && !heard.has(peer)) io.send(peer, { kind: 'hello' });
      if (peer !== io.self) heard.set(peer, io.nowUs);
    };
    if (input.kind === 'start') {
      for (const peer of io.contacts) io.send(peer, { kind: 'hello' });
      io.setTimer(io.random.below(io.config.intervalUs), 'beat');
    } else if (input.kind === 'message') {
      const { from, message } = input;
      heard.set(from, io.nowUs);
      suspected.delete(from);
      if (message.kind === 'hello') io.send(from, { kind: 'members', members: [...heard.keys()] });
      else if (message.kind === 'members') for (const peer of message.members) if (!suspected.has(peer)) meet(peer);
    } else if (input.kind === 'timer') {
      state.rounds++;
      for (const [peer, atUs] of Array.from(heard)) {
        const silentUs = io.nowUs - atUs;
        if (silentUs > io.config.forgetAfterUs) {
          heard.delete(peer);
          if (!io.defects['suspicions-kept']) suspected.delete(peer);
          if (io.defects['beats-pile']) state.extra++;
        } else if (silentUs > io.config.suspectAfterUs && !suspected.has(peer)) suspected.set(peer, io.nowUs);
      }
      if (io.defects['suspects-itself'] && state.rounds > 100) suspected.set(io.self, io.nowUs);
      for (let beat = 0; beat <= state.extra; beat++) {
        for (const peer of heard.keys()) {
          io.send(peer, { kind: 'beat' });
          state.sent++;
        }
      }
      if (heard.size === 0) for (const peer of io.askContacts()) io.send(peer, { kind: 'hello' });
      io.setTimer(io.config.intervalUs, 'beat');
    }
  },
  neighbours: ({ heard }) => heard.keys(),
});

/** A soak of it. */
export function heartbeatSoak(input: ScenarioInput, ...properties: readonly Property[]): Soak {
  const catalogue = catalogueWith({ models: [heartbeat], properties });
  const scenario = { model: 'heartbeat', nodes: 10, seed: '7', ...input };
  return resolveScenario(parseScenario(scenario, 'heartbeat'), 'heartbeat', catalogue);
}
