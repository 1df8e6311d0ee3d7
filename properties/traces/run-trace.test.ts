import test from 'ava';
import * as fc from 'fast-check';
import { startSoak } from '../soak/run.ts';
import { EXPORT_FORMATS } from './formats.ts';
import type { TraceListener, Turn } from './happenings.ts';
import { exported, exportedBy, gossips, PLANS, soakOf } from './traced.test.fixture.ts';
import type { OwnAccount } from './traced.test.fixture.ts';

const SECOND_US = 1_000_000;

/** Keeps what it is told. */
class Kept implements TraceListener {
  readonly tally = '';
  readonly turns: { turn: Turn; received: Turn['received'] }[] = [];
  turn(turn: Turn): void {
    this.turns.push({ turn, received: turn.received });
  }
  finish(): void {}
}

test('a run that is exported has the digest of one that is not, in every format and of every model', (t) => {
  const restart = { atUs: 20 * SECOND_US, kind: 'restart', peer: 4, downUs: SECOND_US };
  for (const model of ['mesh', 'swarm', 'hub', 'tls-proxy']) {
    const soak = soakOf({ model, seed: 'digest', nodes: 6, plan: { version: 1, actions: [restart] } });
    const { simulation } = startSoak(soak);
    simulation.run({ untilUs: 30 * SECOND_US });
    for (const { name } of model === 'mesh' ? EXPORT_FORMATS : EXPORT_FORMATS.slice(0, 2)) {
      const done = exported(name, soak, { fromUs: 15 * SECOND_US, toUs: 30 * SECOND_US });
      t.is(done.digest, simulation.digest.hex, `${model} as ${name}`);
      t.is(done.events, simulation.eventCount, `${model} as ${name}`);
    }
  }
});

test('every message is found again when it arrives: sender and time of sending are those that its sender wrote into it', (t) => {
  let compared = 0;
  let resent = 0;
  fc.assert(
    fc.property(
      fc.constantFrom('links' as const, 'datagrams' as const),
      PLANS,
      fc.string({ maxLength: 6 }),
      fc.constantFrom(0, 0.3),
      (transport, plan, seed, share) => {
        const account: OwnAccount = { sent: new Map(), received: [] };
        const soak = soakOf(
          {
            model: 'gossips',
            seed,
            nodes: 8,
            plan,
            network: { duplicateShare: share, reorderShare: share, jitterUs: 5000 },
          },
          gossips(transport, account),
        );
        const kept = new Kept();
        exportedBy(soak, { toUs: 28 * SECOND_US }, () => kept);
        const told = kept.turns.flatMap(({ turn, received: message }) =>
          message === undefined || message.kind.startsWith('link ')
            ? []
            : [
                `${message.from.life.peer} ${message.from.life.number} ${turn.life.peer} ${turn.atUs} ${message.from.atUs}`,
              ],
        );
        const own = account.received.map(({ from, to, n, atUs }) => {
          const [peer, life] = [from % 1000, Math.floor(from / 1000)];
          return `${peer} ${life} ${to} ${atUs} ${account.sent.get(`${peer} ${to} ${n} ${life}`)}`;
        });
        compared += own.length;
        for (const { received } of kept.turns)
          if (received !== undefined && received.sentUs > received.from.atUs) resent++;
        return JSON.stringify(told) === JSON.stringify(own);
      },
    ),
    { seed: 61, numRuns: 30 },
  );
  t.true(compared > 2500, String(compared));
  t.true(resent > 10, `${resent} messages were kept back and sent on`);
});

test('the chain of causes holds on to nothing: a turn that is over no longer has what it received', (t) => {
  const kept = new Kept();
  exportedBy(soakOf({ model: 'swarm', seed: '1', nodes: 6 }), {}, () => kept);
  t.true(kept.turns.some(({ received }) => received !== undefined));
  t.true(kept.turns.every(({ turn }) => turn.received === undefined));
});

test('long exports come in pieces', (t) => {
  const { pieces, text } = exported('chrome', soakOf({ model: 'mesh', seed: '1', nodes: 6 }), { toUs: 20 * SECOND_US });
  t.true(pieces > 3, `${pieces} pieces of ${text.length} characters`);
});
