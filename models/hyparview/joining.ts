// How a HyParView node asks to be let in: its contacts, in turn, ever more seldom (paper, section 4.2).
// Invariant: at most one Join is unanswered at a time, and while one is, a timer runs that gives it up.
import type { PeerId } from '../../sim/peer.ts';
import { addPeer } from '../peer-list.ts';
import { CONTACT_CAP } from './contract.ts';
import type { HyParViewConfig, HyParViewIo, HyParViewTimer } from './contract.ts';
import { claimedCount, isPending, NO_TIMER } from './state.ts';
import type { HyParViewState } from './state.ts';

const JOIN_RETRY: HyParViewTimer = { kind: 'join-retry' };

/**
 * The rules of joining; holds no state of a node.
 *
 * All but the first Join is beyond the paper and 0.101. There a lost Join leaves its sender out for good, as does the
 * loss of everyone it knew.
 */
export class Joining {
  private readonly config: HyParViewConfig;

  constructor(config: HyParViewConfig) {
    this.config = config;
  }

  /** Remembers the first {@link CONTACT_CAP} of `contacts` and asks the first that is no neighbour. */
  enter(state: HyParViewState, contacts: readonly PeerId[], io: HyParViewIo): void {
    state.contacts = [];
    for (const contact of contacts) {
      if (state.contacts.length < CONTACT_CAP && contact !== state.me) addPeer(state.contacts, contact);
    }
    state.contactTurn = 0;
    state.contactsToTry = state.contacts.length;
    const first = state.contacts[0];
    if (first === undefined) return;
    if (state.active.length === 0) this.askNext(state, io);
    else if (!this.askNextStranger(state, io)) this.ask(state, first, io);
  }

  /** A node with neighbours knows nobody else to ask: it asks each contact once, and wants others. */
  reachOut(state: HyParViewState, io: HyParViewIo): void {
    io.emit({ kind: 'contacts-wanted', peer: state.me });
    state.contactsToTry = state.contacts.length;
    this.askNextStranger(state, io);
  }

  /** A node without neighbours knows nobody: it begins to ask, after a pause, unless it does already. */
  resume(state: HyParViewState, io: HyParViewIo): void {
    if (state.joinTimer === NO_TIMER) this.armRetry(state, io);
  }

  onTimer(state: HyParViewState, io: HyParViewIo): void {
    state.joinTimer = NO_TIMER;
    this.end(state, io);
    if (state.active.length === 0) {
      io.emit({ kind: 'contacts-wanted', peer: state.me });
      this.askNext(state, io);
    } else if (claimedCount(state) < this.config.activeViewCapacity) {
      this.askNextStranger(state, io);
    }
  }

  /** `peer` has become a neighbour. */
  welcomed(state: HyParViewState, peer: PeerId, io: HyParViewIo): void {
    state.joinAttempts = 0;
    // Another peer's welcome does not answer the Join, whose link is still to be closed if the contact is dead.
    if (state.joining !== undefined && state.joining !== peer) return;
    state.contactsToTry = 0;
    this.end(state, io);
  }

  /** The link to `peer` ends: if it is the contact asked, it will not answer. */
  refused(state: HyParViewState, peer: PeerId): void {
    if (state.joining === peer) state.joining = undefined;
  }

  /** Without neighbours: asks the next contact, for ever. */
  private askNext(state: HyParViewState, io: HyParViewIo): void {
    const { contacts } = state;
    const contact = contacts[state.contactTurn++ % contacts.length];
    if (contact !== undefined) this.ask(state, contact, io);
    else this.armRetry(state, io);
    state.joinAttempts++;
  }

  /** With neighbours: asks the next contact that is none; false when there is no such contact left to try. */
  private askNextStranger(state: HyParViewState, io: HyParViewIo): boolean {
    const { contacts } = state;
    while (state.contactsToTry > 0) {
      state.contactsToTry--;
      const contact = contacts[state.contactTurn++ % contacts.length];
      if (contact === undefined || state.active.includes(contact)) continue;
      this.ask(state, contact, io);
      return true;
    }
    return false;
  }

  private ask(state: HyParViewState, contact: PeerId, io: HyParViewIo): void {
    const redundant = state.active.includes(contact);
    this.end(state, io);
    io.emit({ kind: 'join-attempt', peer: contact, redundant });
    io.send(contact, { kind: 'join', data: state.data });
    if (redundant) return;
    state.joining = contact;
    this.armRetry(state, io);
  }

  /** Gives up the latest Join, and the link to a contact that has not answered: nothing else would close it. */
  end(state: HyParViewState, io: HyParViewIo): void {
    if (state.joinTimer !== NO_TIMER) io.cancelTimer(state.joinTimer);
    state.joinTimer = NO_TIMER;
    const contact = state.joining;
    state.joining = undefined;
    if (contact !== undefined && !state.active.includes(contact) && !isPending(state, contact)) io.disconnect(contact);
  }

  private armRetry(state: HyParViewState, io: HyParViewIo): void {
    const { joinTimeoutUs, joinBackoffMaxUs } = this.config;
    const doubledUs = joinTimeoutUs * (1 << Math.min(state.joinAttempts, 20));
    const delayUs = Math.min(doubledUs, Math.max(joinTimeoutUs, joinBackoffMaxUs));
    state.joinTimer = io.setTimer(delayUs, JOIN_RETRY);
  }
}
