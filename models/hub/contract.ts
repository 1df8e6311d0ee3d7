// What the hub and its members say to each other, and what it costs.
// Invariant: the hub gives every broadcast the next number; members see numbers grow, with gaps only across a reconnect.
import * as v from 'valibot';
import { integerBetween } from '../../sim/input.ts';
import { QUIC_COSTS, quicConfigSchema } from '../quic/contract.ts';

/** The protocol of members and hub. */
export const HUB_ALPN = 'hub';

/** Index of the peer that is the hub. */
export const HUB_INDEX = 0;

/** Validates a {@link HubConfig}; every field has a default. */
export const hubConfigSchema = v.strictObject({
  quic: v.optional(quicConfigSchema, {}),
  /** First and longest pause before a member dials the hub again, in microseconds; it doubles. */
  retryUs: v.optional(integerBetween(1000, 3_600_000_000), 500_000),
  retryMaxUs: v.optional(integerBetween(1000, 3_600_000_000), 8_000_000),
  /** Messages that may wait for one member; one that falls behind by more is let go. */
  memberQueueCapacity: v.optional(integerBetween(1, 100_000), 256),
  /** Broadcasts that the hub remembers, for members that come back. */
  historyCapacity: v.optional(integerBetween(0, 100_000), 256),
});

/** Parameters of the hub. */
export type HubConfig = Readonly<v.InferOutput<typeof hubConfigSchema>>;

/** The number of a broadcast, and the life of the hub that gave it: a hub that restarts counts anew. */
export interface Place {
  readonly life: number;
  readonly sequence: number;
}

/** What travels between a member and the hub. */
export type HubFrame =
  /** What a member says first: the last broadcast that it has; none when it was never welcomed. */
  | { readonly kind: 'resume'; readonly last: Place | undefined; readonly bytes: 0 }
  /** What the hub answers: its last broadcast before this member came. */
  | { readonly kind: 'welcome'; readonly at: Place; readonly bytes: 0 }
  /** A member asks for a broadcast. */
  | { readonly kind: 'publish'; readonly id: string; readonly bytes: number }
  /** The hub passes one on. */
  | {
      readonly kind: 'sequenced';
      readonly at: Place;
      readonly id: string;
      readonly bytes: number;
    };

/** Bytes of a frame beside its payload. */
export const FRAME_OVERHEAD = 40;

/** CPU by frame, in microseconds; those of the application are of the order of the mesh's own. */
export const HUB_COSTS = {
  poll: 1,
  'hub/sequence': 10,
  'hub/fan_out': 8,
  'member/publish': 8,
  'member/deliver': 8,
  ...QUIC_COSTS,
} as const;
