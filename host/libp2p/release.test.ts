import test from 'ava';
import { findInstalled } from './installed-package.ts';
import { installedRelease, releaseOf, STUDIED_VERSIONS } from './release.ts';

test('a release is published under one of two names, and speaks one of two dialects', (t) => {
  t.deepEqual(releaseOf('17.1.1'), {
    version: '17.1.1',
    packageName: '@libp2p/gossipsub',
    alias: 'gossipsub-17',
    dialect: 'message',
  });
  t.like(releaseOf('14.1.2'), { packageName: '@chainsafe/libp2p-gossipsub', dialect: 'duplex' });
});

test('a version that is none, or has no dialect, is refused', (t) => {
  for (const version of ['17', 'latest', '', '17.1.1-beta'])
    t.throws(() => releaseOf(version), { code: 'bad-version' });
  for (const version of ['9.1.0', '18.0.0', '4.6.0']) {
    t.throws(() => releaseOf(version), { code: 'no-dialect', message: /from 10 to 17/ });
  }
});

test('a release that is not installed, or of which another version is, says what to install', (t) => {
  t.throws(() => installedRelease(releaseOf('16.0.4')), {
    code: 'package-not-installed',
    message: /`npm install --save-dev gossipsub-16@npm:@libp2p\/gossipsub@16\.0\.4`/,
  });
  t.throws(() => installedRelease(releaseOf('15.0.20')), {
    code: 'wrong-version',
    message:
      /gossipsub-15 is @libp2p\/gossipsub@15\.0\.21, expected `npm install .*gossipsub-15@npm:@libp2p\/gossipsub@15\.0\.20`/,
  });
});

test('every release that the findings speak of is installed under its alias', (t) => {
  for (const version of STUDIED_VERSIONS) t.is(installedRelease(releaseOf(version)).version, version);
  t.is(findInstalled('no-such-package-anywhere'), undefined);
});
