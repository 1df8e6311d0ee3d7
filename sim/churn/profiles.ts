// The churn profiles by name.
// Invariant: names are unique, and the list's order is the order they are shown in.
import { unknownName } from '../input.ts';
import { liveRotation } from './act-profile.ts';
import { massFailure, rollingRestart } from './mass-profiles.ts';
import { none, partition } from './network-profiles.ts';
import type { ChurnProfile } from './profile.ts';
import { graceful, killRespawn, rejoin, restart } from './replacement-profiles.ts';
import { exponentialSessions, paretoSessions, weibullSessions } from './session-profiles.ts';
import { trace } from './trace-profile.ts';

/** Every profile there is. */
export const churnProfiles: readonly ChurnProfile[] = [
  killRespawn,
  restart,
  graceful,
  rejoin,
  rollingRestart,
  massFailure,
  exponentialSessions,
  weibullSessions,
  paretoSessions,
  trace,
  liveRotation,
  partition,
  none,
];

/**
 * The profile of that name.
 *
 * @param where - The place of the name, such as `--profile`; opens an error's message.
 * @throws {InputError} `unknown-profile`, with the nearest name and the known ones.
 */
export function churnProfile(name: string, where?: string): ChurnProfile {
  const found = churnProfiles.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  const known = churnProfiles.map((profile) => profile.name);
  throw unknownName('profile', name, known, where);
}
