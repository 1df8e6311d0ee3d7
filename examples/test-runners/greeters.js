// The model that the three test files try: nodes that greet each other, and forget who is gone.
// Invariant: with no defect on, nothing of a departed peer stays. A command loads it by `--use ./greeters.js`.
import { defineModel } from 'quicksoak/models';

export const greeters = defineModel({
  name: 'greeters',
  summary: 'nodes that greet whom they know every five seconds',
  defects: { 'departed-kept': 'whoever has gone stays among those it met' },
  longestTimerUs: 5_000_000,
  state: () => ({ known: new Set(), met: new Set() }),
  handle(state, input, io) {
    switch (input.kind) {
      case 'start':
      case 'timer':
        for (const peer of io.askContacts()) if (peer !== io.self) state.known.add(peer);
        for (const peer of state.known) io.send(peer, 'hello');
        io.setTimer(5_000_000, 'greet');
        break;
      case 'message':
        state.known.add(input.from);
        state.met.add(input.from);
        break;
      case 'closed':
        state.known.delete(input.peer);
        if (!io.defects['departed-kept']) state.met.delete(input.peer);
        break;
      default:
    }
  },
});
