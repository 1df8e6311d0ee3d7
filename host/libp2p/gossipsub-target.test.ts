import test from 'ava';
import { missingOf, targetNamed, TARGETS } from '../targets.ts';
import { STUDIED_VERSIONS } from './release.ts';

test('the studied releases are listed as targets, installed, and have models of their names', async (t) => {
  for (const version of STUDIED_VERSIONS) {
    const target = targetNamed(`gossipsub@${version}`)!;
    t.true(TARGETS.includes(target));
    t.deepEqual(missingOf(target), []);
    t.is((await target.model()).name, target.name);
  }
});

test('another release is a target by its version, and says what it needs', async (t) => {
  const target = targetNamed('gossipsub@16.0.4')!;
  t.deepEqual(missingOf(target), ['gossipsub-16']);
  t.regex(target.install, /gossipsub-16@npm:@libp2p\/gossipsub@16\.0\.4$/);
  await t.throwsAsync(target.model(), { code: 'package-not-installed' });
  t.throws(() => targetNamed('gossipsub@9.1.0'), { code: 'no-dialect' });
  t.throws(() => targetNamed('gossipsub@latest'), { code: 'bad-version' });
  t.is(targetNamed('gossipsub'), undefined);
});
