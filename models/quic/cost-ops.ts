// Places of the transport's operations in a model's cost table.
// Invariant: -1 stands for one that the table lacks, which is then not charged.
import type { CostTable } from '../../sim/cost/table.ts';

/** Indices by operation. */
export interface QuicOps {
  readonly connect: number;
  readonly client: number;
  readonly server: number;
  readonly send: number;
  readonly receive: number;
  readonly close: number;
  /** What the executor charges for a poll. */
  readonly poll: number;
}

/** The operations of `QUIC_COSTS` in `table`. */
export function quicOps(table: CostTable | undefined): QuicOps {
  const place = (op: string): number => table?.index[op] ?? -1;
  return {
    connect: place('endpoint.connect'),
    client: place('endpoint.connect/tls.handshake.client'),
    server: place('endpoint.accept/tls.handshake.server'),
    send: place('quic/packet.send'),
    receive: place('quic/packet.receive'),
    close: place('quic/close'),
    poll: place('poll'),
  };
}
