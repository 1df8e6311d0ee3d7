// Virtual addresses: every peer has one IPv4 address, by its index, and one name.
// Invariant: address and index determine each other, so a peer that comes back has the address it had.

/** Hosts per subnet: none ends in 0 or 255, which packages take for a network or a broadcast. */
const HOSTS = 254;
const SUBNETS = 256;
const OCTETS = /^10\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const NAME = /^p(0|[1-9]\d{0,7})\.test$/;

/** Where a socket of any address listens. */
export const ANY_ADDRESS = '0.0.0.0';
/** A node's own. */
export const LOOPBACK = '127.0.0.1';
/** Reaches every node. */
export const BROADCAST = '255.255.255.255';

/** Address and port, as sockets show them. */
export interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

/** The address of the peer with this index: `10.0.0.1` for 0; up to 16,646,144 peers have one. */
export function addressOf(index: number): string {
  const subnet = Math.floor(index / HOSTS);
  return `10.${Math.floor(subnet / SUBNETS)}.${subnet % SUBNETS}.${1 + (index % HOSTS)}`;
}

/** The index of the peer with this address; undefined for an address that no peer has. */
export function indexOf(address: string): number | undefined {
  const octets = OCTETS.exec(address)?.slice(1).map(Number);
  if (octets === undefined) return undefined;
  const [high, low, host] = octets as [number, number, number];
  if (high >= SUBNETS || low >= SUBNETS || host < 1 || host > HOSTS) return undefined;
  return (high * SUBNETS + low) * HOSTS + host - 1;
}

/** The name of the peer with this index, such as `p0.test`; top-level `test` is kept free for this (RFC 6761). */
export function nameOf(index: number): string {
  return `p${index}.test`;
}

/** The address that a name stands for, `localhost` included; undefined for any other. */
export function addressOfName(name: string): string | undefined {
  if (name === 'localhost') return LOOPBACK;
  const index = NAME.exec(name)?.[1];
  return index === undefined ? undefined : addressOf(Number(index));
}

/** True for the addresses of groups, 224.0.0.0/4. */
export function isMulticast(address: string): boolean {
  const first = Number(address.slice(0, address.indexOf('.')));
  return first >= 224 && first <= 239;
}

/** True for the loopback net, 127.0.0.0/8. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.');
}
