import { defineHosted } from 'quicksoak/host';
import { Membership } from './membership.js';

export const membership = defineHosted({
  name: 'membership',
  summary: 'the class Membership over datagrams: heartbeats, expiry, rumours',
  config: { version: 2, intervalMs: 1000 },
  // A calm is longer than its longest timer, and than what it keeps on purpose.
  longestTimerUs: ({ intervalMs }) => intervalMs * 1000,
  retains: ({ intervalMs }) => [
    { path: 'member.alive', forUs: intervalMs * 7_000, why: 'a member expires after five intervals' },
    { path: 'member.suspects', forUs: intervalMs * 20_000, why: 'a suspect is not brought back at once' },
  ],

  boot: async (node) => {
    const { version, intervalMs } = node.config;
    const wire = { send: node.send, onRumour: node.delivered };
    const member = new Membership(node.name, wire, { intervalMs, forgets: version >= 2 });
    node.onMessage((from, message) => member.receive(from, /** @type {any} */ (message)));
    node.onBroadcast((id) => member.spread(id));
    // What the census walks: all that can be reached from here. Told early, as start takes its time.
    node.exposes({ member });
    await member.start(node.contacts());
    return { member };
  },
  stop: ({ member }) => member.stop(),
  neighbours: ({ member }) => member.alive.keys(),
});
