import crypto from 'node:crypto';
import test from 'ava';
import { HostedSimulation } from './hosted-simulation.ts';

const [one, other] = [crypto.generateKeyPairSync('ed25519'), crypto.generateKeyPairSync('ed25519')];

/** Each call makes the key anew, as libraries do. */
function keyOf({ publicKey }: crypto.KeyPairKeyObjectResult): crypto.KeyObject {
  return crypto.createPublicKey({ key: publicKey.export({ format: 'jwk' }), format: 'jwk' });
}

test.serial('a signature is checked as by the platform, also when it was checked before', (t) => {
  const message = Buffer.from('message');
  const signature = crypto.sign(null, message, one.privateKey);
  const wrong = Buffer.from(signature);
  wrong[0]! ^= 1;
  const checks = (): boolean[] => [
    crypto.verify(null, message, keyOf(one), signature),
    crypto.verify(undefined, Uint8Array.from(message), keyOf(one), Uint8Array.from(signature)),
    crypto.verify(null, message, keyOf(other), signature),
    crypto.verify(null, Buffer.from('another'), keyOf(one), signature),
    crypto.verify(null, message, keyOf(one), wrong),
    crypto.verify(null, message, one.publicKey, signature),
  ];
  const expected = [true, true, false, false, false, true];
  t.deepEqual(checks(), expected);
  using host = new HostedSimulation({ seed: 'signatures' });
  host.install();
  for (let round = 0; round < 3; round++) t.deepEqual(checks(), expected);
  // What is checked may be changed and checked again.
  message[0]! ^= 1;
  t.false(crypto.verify(null, message, keyOf(one), signature));
  t.throws(() => crypto.verify(null, 1 as never, keyOf(one), signature), { code: 'ERR_INVALID_ARG_TYPE' });
  t.throws(() => crypto.createPublicKey({ key: { kty: 'OKP' }, format: 'jwk' } as never));
});

test.serial('a check that was done before costs a small part of the first', (t) => {
  using host = new HostedSimulation({ seed: 'signatures' });
  const realNow = process.cpuUsage.bind(process);
  host.install();
  const messages = Array.from({ length: 200 }, (_, n) => Buffer.from(`message ${n}`));
  const signatures = messages.map((message) => crypto.sign(null, message, one.privateKey));
  const key = keyOf(one);
  const round = (): number => {
    const begin = realNow();
    messages.forEach((message, n) => t.true(crypto.verify(null, message, key, signatures[n]!)));
    return realNow(begin).user;
  };
  const [first, second] = [round(), round()];
  t.true(second < first / 2, `${first} us, then ${second} us`);
});
