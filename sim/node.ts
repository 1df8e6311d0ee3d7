// placeholder until the kernel lands
import type { PeerId } from './peer.ts';
export declare abstract class Node {
  readonly peer: PeerId;
  readonly slot: number;
  readonly serial: number;
  readonly bornUs: number;
  expose(): Record<string, unknown>;
  neighbours(): readonly PeerId[] | undefined;
}
