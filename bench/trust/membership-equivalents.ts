// Clean-up lines of membership and broadcast that may be taken away.
// Invariant: what each lets go of is let go of elsewhere, or was never held.
import { inFile, OF_A_DEFECT, STALE_TIMER } from './equivalent.ts';
import type { Equivalent } from './equivalent.ts';

/** Those of the topics, and of what runs under them. */
export const MEMBERSHIP_EQUIVALENTS: readonly Equivalent[] = [
  ...inFile('models/hyparview.js', STALE_TIMER, [
    ['clearPending', 'io.cancelTimer(timer);'],
    ['quit', 'io.cancelTimer(timer);'],
  ]),
  ...inFile('models/hyparview/joining.js', STALE_TIMER, [['end', 'io.cancelTimer(state.joinTimer);']]),
  ...inFile(
    'models/topics.js',
    'the sender closes the link: at the Disconnect, or when its Join or Neighbor got no answer',
    [['refuse', 'io.disconnect(from);']],
  ),
  ...inFile('models/topics.js', 'who quits has disconnected all that the topic used: neighbours, pending, a contact', [
    ['leave', 'this.focus.release(peer);'],
  ]),
  ...inFile(
    'models/topics.js',
    'both protocols have quit, so that what is left is as good as new, and no node stays out of its topic',
    [['leave', 'removeAt(state.topics, state.topics.findIndex((each) => each.topic === number));']],
  ),
  // The first is HyParView's.
  ...inFile('models/topics/ports.js', 'Plumtree closes no link', [['disconnect', 'this.focus.release(peer);']], 2),
  ...inFile('models/hyparview.js', 'the peer closes the link at the Disconnect that was sent right before', [
    ['onStray', 'io.disconnect(peer);'],
  ]),
  ...inFile(
    'models/hyparview/joining.js',
    'the next Join ends the one before; a contact that runs has answered or refused',
    [['onTimer', 'this.end(state, io);']],
  ),
  ...inFile('models/hyparview/joining.js', 'the timer of a Join that was answered ends it', [
    ['welcomed', 'this.end(state, io);'],
  ]),
  ...inFile(
    'models/hyparview/joining.js',
    'a contact that runs answers, or closes the link (`refuse` of the topics); that to one that does not run times out',
    [['end', 'io.disconnect(contact);']],
  ),
  ...inFile('models/hyparview.js', 'a passive peer that is gone is asked once more: the first failure takes the mark', [
    ['askNeighbor', 'removePeer(state.aliveDisconnect, peer);'],
  ]),
  ...inFile('models/plumtree.js', 'it lets go of nothing: without it ids are forgotten sooner, with their payloads', [
    ['evict', 'old.length = 0;'],
  ]),
  ...inFile('models/hyparview.js', 'a node that quits closes every link right after', [
    ['quit', 'this.joining.end(state, io);'],
    ['quit', 'io.disconnect(peer);'],
  ]),
  ...inFile('models/hyparview/knowledge.js', OF_A_DEFECT, [
    ['leaveTraces', 'removePeer(state.passive, peer);'],
    ['leaveTraces', 'removePeer(state.refused, peer);'],
  ]),
  ...inFile('models/plumtree.js', STALE_TIMER, [
    ['onGossip', 'io.cancelTimer(missing.timer);'],
    ['onNeighbourDown', 'io.cancelTimer(state.dispatchTimer);'],
    ['dropAdvertiser', 'io.cancelTimer(missing.timer);'],
    ['quit', 'io.cancelTimer(state.dispatchTimer);'],
    ['quit', 'io.cancelTimer(timer);'],
  ]),
  ...inFile('models/plumtree.js', 'an entry whose advertisers are gone goes when its timer fires', [
    ['onNeighbourDown', 'this.dropAdvertiser(state, id, peer, io);'],
    ['dropAdvertiser', 'removeAt(missing.advertisers, place);'],
    ['dropAdvertiser', 'state.missing?.delete(id);'],
  ]),
  ...inFile('models/plumtree.js', 'a peer was taken out of both lists when it went down', [
    ['handle', 'removePeer(state.lazy, input.peer);'],
  ]),
];
