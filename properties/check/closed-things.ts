// Remembers what was closed lately, so that what is closed a second time can be told from what never was open.
// Invariant: a fixed number of places; who comes to a taken place takes it over.
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { ThingId } from './event.ts';

const PLACES = 1 << 14;

/** See the file's head. */
export class ClosedThings {
  private readonly serials = new Int32Array(PLACES);
  private readonly ids: ThingId[] = [];
  private readonly kinds: EntryKind[] = [];
  private readonly sites: string[] = [];

  /** @param serial - Of the life that had it open. */
  note(serial: number, kind: EntryKind, id: ThingId, site: string): void {
    const place = placeOf(serial, id);
    this.serials[place] = serial;
    this.ids[place] = id;
    this.kinds[place] = kind;
    this.sites[place] = site;
  }

  /** The site at which it was opened, if it is one of those closed lately. */
  siteOf(serial: number, kind: EntryKind, id: ThingId): string | undefined {
    const place = placeOf(serial, id);
    const known = this.serials[place] === serial && this.ids[place] === id && this.kinds[place] === kind;
    return known ? this.sites[place] : undefined;
  }
}

function placeOf(serial: number, id: ThingId): number {
  let hash = Math.imul(serial, 0x9e3779b1);
  if (typeof id === 'number') hash = Math.imul(hash ^ id, 0x85ebca6b);
  else for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 16)) & (PLACES - 1);
}
