// The ports of one node for one protocol: who is bound where.
// Invariant: no two bindings take the same datagram or dial, unless all of them asked to share.
import type { SocketAddress } from './addresses.ts';
import { ANY_ADDRESS } from './addresses.ts';

const FIRST_EPHEMERAL = 49_152;
const EPHEMERAL_COUNT = 16_384;
/** Steps through the ports of that range; odd, so that it meets each of them. */
const STRIDE = 7919;

/** Something bound to a port. */
interface Binding<User> {
  readonly address: string;
  readonly shared: boolean;
  readonly user: User;
}

/** Bindings by port. */
export class PortTable<User> {
  private readonly byPort = new Map<number, Binding<User>[]>();
  private next: number;

  /** @param serial - Of the node: its lives, and other nodes, give out other ports first. */
  constructor(serial: number) {
    this.next = (serial * STRIDE) % EPHEMERAL_COUNT;
  }

  /** A port that nobody has; 0 when none is left. */
  freePort(): number {
    for (let tries = 0; tries < EPHEMERAL_COUNT; tries++) {
      const port = FIRST_EPHEMERAL + this.next;
      this.next = (this.next + STRIDE) % EPHEMERAL_COUNT;
      if (!this.byPort.has(port)) return port;
    }
    return 0;
  }

  /** Binds; false when the port is taken there. */
  bind({ address, port }: SocketAddress, user: User, shared = false): boolean {
    const bindings = this.byPort.get(port) ?? [];
    const clashes = bindings.some((binding) => overlaps(binding.address, address) && !(binding.shared && shared));
    if (clashes) return false;
    // The more special binding is asked first.
    const binding = { address, shared, user };
    if (address === ANY_ADDRESS) bindings.push(binding);
    else bindings.unshift(binding);
    this.byPort.set(port, bindings);
    return true;
  }

  /** Ends a binding. */
  unbind(port: number, user: User): void {
    const bindings = this.byPort.get(port)?.filter((binding) => binding.user !== user) ?? [];
    if (bindings.length === 0) this.byPort.delete(port);
    else this.byPort.set(port, bindings);
  }

  /** Who takes what is sent to this address and port. */
  listenerAt({ address, port }: SocketAddress): User | undefined {
    return this.byPort.get(port)?.find((binding) => overlaps(binding.address, address))?.user;
  }

  /** Everybody at a port, for what is sent to a group. */
  allAt(port: number): User[] {
    return (this.byPort.get(port) ?? []).map(({ user }) => user);
  }
}

function overlaps(first: string, second: string): boolean {
  return first === second || first === ANY_ADDRESS || second === ANY_ADDRESS;
}
