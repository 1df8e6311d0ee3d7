import test from 'ava';
import fc from 'fast-check';
import { PeerId } from '../peer.ts';
import { ENTRY_KINDS, type EntryKind } from './account.ts';
import { Ledger, NO_ENTRY, type LedgerOwner } from './ledger.ts';

class Owner implements LedgerOwner {
  slot: number;
  readonly serial: number;
  readonly peer: PeerId;

  constructor(slot: number, serial = slot + 1) {
    this.slot = slot;
    this.serial = serial;
    this.peer = new PeerId(serial);
  }
}

test('an entry has its kind, owner, subject, site, birth and size until it is closed', (t) => {
  const clock = { nowUs: 5 };
  const ledger = new Ledger(clock);
  const owner = new Owner(3);
  const subject = new PeerId(9);
  const id = ledger.open('stream', owner, subject, 'gossip.push', 40);
  t.true(ledger.isOpen(id));
  t.deepEqual(
    [...ledger.openEntries()],
    [{ id, kind: 'stream', owner, subject, site: 'gossip.push', bornUs: 5, usedUs: undefined, bytes: 40 }],
  );
  ledger.addBytes(id, 10);
  clock.nowUs = 7;
  ledger.close(id, 'finished');
  t.false(ledger.isOpen(id));
  t.deepEqual([...ledger.openEntries()], []);
  t.deepEqual(ledger.summary(), {
    sites: [
      {
        kind: 'stream',
        site: 'gossip.push',
        opened: 1,
        closed: 1,
        reclaimed: 0,
        leakedAtStop: 0,
        firstLeakUs: undefined,
        open: 0,
        peak: 1,
        bytes: 0,
        peakBytes: 50,
        reasons: { finished: 1 },
      },
    ],
    openCount: 0,
    errorCount: 0,
    errors: [],
  });
});

test('an entry tells when it was used last, at sites where anybody tells of use', (t) => {
  const clock = { nowUs: 5 };
  const ledger = new Ledger(clock);
  const owner = new Owner(0);
  const [first, second] = [1, 2].map(() => ledger.open('connection', owner, undefined, 'a.b'));
  ledger.open('connection', owner, undefined, 'c.d');
  const told = (): (number | undefined)[] => [...ledger.openEntries({ owner })].map(({ usedUs }) => usedUs);
  t.deepEqual(told(), [undefined, undefined, undefined]);
  clock.nowUs = 7;
  ledger.use(first!);
  t.deepEqual(told(), [undefined, 5, 7]);
  ledger.close(second!, 'over');
  ledger.use(second!);
  ledger.use(NO_ENTRY);
  ledger.open('connection', owner, undefined, 'a.b');
  t.deepEqual(told(), [7, undefined, 7]);
  t.is(ledger.errorCount, 0);
});

test('a second close is recorded, also when the slot has been used again', (t) => {
  const clock = { nowUs: 0 };
  const ledger = new Ledger(clock);
  const owner = new Owner(0);
  const first = ledger.open('task', owner, undefined, 'loop');
  ledger.close(first, 'done');
  clock.nowUs = 9;
  ledger.close(first, 'done');
  const second = ledger.open('timer', owner, undefined, 'tick');
  ledger.close(first, 'done');
  t.true(ledger.isOpen(second));
  t.deepEqual(ledger.errors, [
    { code: 'closed-twice', atUs: 9, kind: 'task', site: 'loop', id: first },
    { code: 'closed-twice', atUs: 9, kind: undefined, site: undefined, id: first },
  ]);
  t.is(ledger.summary().sites[0]?.closed, 1);
});

test('ids that were never given are recorded, the id of nothing is not', (t) => {
  const ledger = new Ledger({ nowUs: 0 });
  const id = ledger.open('task', new Owner(0), undefined, 'loop');
  for (const unknown of [-1, 1, 0.5, id + 1, id * 2, 2 ** 52, Number.NaN, Infinity]) ledger.close(unknown, 'done');
  ledger.addBytes(id + 1, 5);
  ledger.close(NO_ENTRY, 'done');
  ledger.addBytes(NO_ENTRY, 5);
  t.is(ledger.errorCount, 9);
  t.true(ledger.errors.every(({ code }) => code === 'closed-unknown'));
  t.is(ledger.openCount, 1);
});

test('bytes below zero are recorded and held at zero', (t) => {
  const ledger = new Ledger({ nowUs: 0 });
  const id = ledger.open('buffer', new Owner(0), undefined, 'pipe', 10);
  ledger.addBytes(id, -11);
  ledger.addBytes(id, 4);
  t.like(ledger.errors[0], { code: 'bytes-below-zero', kind: 'buffer', site: 'pipe' });
  t.like(ledger.summary().sites[0], { bytes: 4, peakBytes: 10 });
});

test('what a killed owner leaves is reclaimed, what a stopped one leaves is a leak', (t) => {
  const clock = { nowUs: 100 };
  const ledger = new Ledger(clock);
  const killed = new Owner(1);
  const stopped = new Owner(2);
  const bystander = new Owner(3);
  for (const owner of [killed, stopped, bystander]) {
    ledger.open('connection', owner, undefined, 'dial', 8);
    ledger.open('connection', owner, undefined, 'dial', 8);
  }
  t.is(ledger.endOwner(killed, 'killed'), 2);
  t.is(ledger.endOwner(stopped, 'stopped'), 2);
  t.is(ledger.endOwner(stopped, 'stopped'), 0);
  t.is(ledger.endOwner(new Owner(9), 'killed'), 0);
  t.like(ledger.summary().sites[0], { reclaimed: 2, leakedAtStop: 2, firstLeakUs: 100, open: 2, bytes: 16, closed: 0 });
  t.is([...ledger.openEntries({ owner: bystander })].length, 2);
  t.is(ledger.errorCount, 0);
});

test('an entry closed after its owner ended, or opened then, is recorded', (t) => {
  const ledger = new Ledger({ nowUs: 0 });
  const owner = new Owner(0);
  const id = ledger.open('task', owner, undefined, 'loop');
  ledger.endOwner(owner, 'killed');
  owner.slot = -1;
  ledger.close(id, 'done');
  t.is(ledger.open('task', owner, undefined, 'loop'), NO_ENTRY);
  t.deepEqual(
    ledger.errors.map(({ code, site }) => [code, site]),
    [
      ['closed-after-end', 'loop'],
      ['opened-after-end', 'loop'],
    ],
  );
  t.is(ledger.openCount, 0);
});

test('a slot that passes to another owner takes nothing along', (t) => {
  const ledger = new Ledger({ nowUs: 0 });
  const first = new Owner(4, 1);
  ledger.open('task', first, undefined, 'loop');
  const second = new Owner(4, 2);
  ledger.open('task', second, undefined, 'loop');
  t.is([...ledger.openEntries({ owner: second })].length, 1);
  t.is([...ledger.openEntries({ owner: first })].length, 0);
  t.is(ledger.summary().sites[0]?.reclaimed, 1);
});

test('errors are counted without end and kept up to a bound', (t) => {
  const ledger = new Ledger({ nowUs: 0 });
  for (let i = 0; i < 1000; i++) ledger.close(-1, 'done');
  t.is(ledger.errorCount, 1000);
  t.is(ledger.errors.length, 100);
});

test('the account does not grow with closed entries, and lets go of their subjects', (t) => {
  const ledger = new Ledger({ nowUs: 0 });
  const owner = new Owner(0);
  const ids: number[] = [];
  for (let i = 0; i < 200_000; i++) {
    ids.push(ledger.open('stream', owner, new PeerId(i), 'push'));
    if (ids.length === 10) for (const id of ids.splice(0)) ledger.close(id, 'done');
  }
  const { columns } = ledger as unknown as { columns: { reached: number; subjects: unknown[] } };
  t.is(columns.reached, 10);
  t.true(columns.subjects.every((subject) => subject === undefined));
  t.is(ledger.errorCount, 0);
});

interface Naive {
  kind: EntryKind;
  owner: Owner;
  subject: PeerId | undefined;
  site: string;
  bornUs: number;
  usedUs: number;
  bytes: number;
}

test('the ledger agrees with a naive model over random histories', (t) => {
  const index = fc.nat(1000);
  const action = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('open' as const),
        kind: fc.constantFrom(...ENTRY_KINDS),
        owner: fc.nat(3),
        site: fc.constantFrom('a', 'b'),
        subject: fc.nat(4),
        bytes: fc.nat(9),
      }),
    },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('close' as const), index }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('close-again' as const), index }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('use' as const), index }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('bytes' as const), index, bytes: fc.integer({ min: -5, max: 9 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('end' as const),
        owner: fc.nat(3),
        how: fc.constantFrom('stopped' as const, 'killed' as const),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const clock = { nowUs: 0 };
      const ledger = new Ledger(clock);
      const subjects = Array.from({ length: 4 }, (_, i) => new PeerId(i));
      const owners = Array.from({ length: 4 }, (_, slot) => new Owner(slot));
      let serials = owners.length;
      const open = new Map<number, Naive>();
      const gone: number[] = [];
      const told = new Set<string>();
      const counts = { opened: 0, closed: 0, reclaimed: 0, leakedAtStop: 0, errors: 0 };
      for (const each of actions) {
        clock.nowUs++;
        if (each.do === 'open') {
          const { kind, site, bytes } = each;
          const entry = {
            kind,
            owner: owners[each.owner]!,
            subject: subjects[each.subject],
            site,
            bornUs: clock.nowUs,
            usedUs: clock.nowUs,
            bytes,
          };
          const id = ledger.open(kind, entry.owner, entry.subject, site, bytes);
          t.false(open.has(id) || gone.includes(id));
          open.set(id, entry);
          counts.opened++;
        } else if (each.do === 'end') {
          const owner = owners[each.owner]!;
          const left = [...open].filter(([, entry]) => entry.owner === owner);
          t.is(ledger.endOwner(owner, each.how), left.length);
          for (const [id] of left) {
            open.delete(id);
            gone.push(id);
          }
          counts[each.how === 'killed' ? 'reclaimed' : 'leakedAtStop'] += left.length;
          owner.slot = -1;
          owners[each.owner] = new Owner(each.owner, ++serials);
        } else if (each.do === 'close-again') {
          if (gone.length === 0) continue;
          ledger.close(gone[each.index % gone.length]!, 'again');
          counts.errors++;
        } else if (open.size > 0) {
          const [id, entry] = [...open][each.index % open.size]!;
          if (each.do === 'close') {
            ledger.close(id, 'done');
            open.delete(id);
            gone.push(id);
            counts.closed++;
          } else if (each.do === 'use') {
            ledger.use(id);
            entry.usedUs = clock.nowUs;
            told.add(`${entry.kind} ${entry.site}`);
          } else {
            ledger.addBytes(id, each.bytes);
            if (entry.bytes + each.bytes < 0) counts.errors++;
            entry.bytes = Math.max(0, entry.bytes + each.bytes);
          }
        }
      }
      const byId = (a: { id: number }, b: { id: number }): number => a.id - b.id;
      const expected = [...open]
        .map(([id, { usedUs, ...entry }]) => {
          return { id, ...entry, usedUs: told.has(`${entry.kind} ${entry.site}`) ? usedUs : undefined };
        })
        .sort(byId);
      t.deepEqual([...ledger.openEntries()].sort(byId), expected);
      for (const owner of owners) {
        t.deepEqual(
          [...ledger.openEntries({ owner })].sort(byId),
          expected.filter((entry) => entry.owner === owner),
        );
      }
      const filter = { kind: 'task', site: 'a', subject: subjects[0]! } as const;
      const matching = expected.filter(
        ({ kind, site, subject }) => kind === 'task' && site === 'a' && subject === subjects[0],
      );
      t.deepEqual([...ledger.openEntries(filter)].sort(byId), matching);
      const { sites, openCount, errorCount } = ledger.summary();
      const sum = (field: 'opened' | 'closed' | 'reclaimed' | 'leakedAtStop' | 'open' | 'bytes'): number =>
        sites.reduce((total, site) => total + site[field], 0);
      t.is(openCount, open.size);
      t.is(errorCount, counts.errors);
      for (const field of ['opened', 'closed', 'reclaimed', 'leakedAtStop'] as const) t.is(sum(field), counts[field]);
      t.is(sum('open'), open.size);
      t.is(
        sum('bytes'),
        expected.reduce((total, { bytes }) => total + bytes, 0),
      );
      for (const site of sites) t.is(site.opened, site.closed + site.reclaimed + site.leakedAtStop + site.open);
    }),
    { seed: 31, numRuns: 300 },
  );
});
