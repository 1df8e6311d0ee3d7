// Errors of virtual sockets, with the fields and messages of Node's own.
// Invariant: `code` is what a target may go by; the message is for people.
import os from 'node:os';

/** System errors that a virtual socket can have. */
export type SocketErrorCode =
  | 'EACCES'
  | 'EADDRINUSE'
  | 'EADDRNOTAVAIL'
  | 'EAFNOSUPPORT'
  | 'EBADF'
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'EINVAL'
  | 'EMSGSIZE'
  | 'ENETUNREACH'
  | 'EPIPE'
  | 'ETIMEDOUT';

const NOTES: Readonly<Partial<Record<SocketErrorCode, string>>> = {
  EADDRINUSE: ': address already in use',
  EADDRNOTAVAIL: ': address not available',
  EAFNOSUPPORT: ': address family not supported',
  EINVAL: ': invalid argument',
};

/** An error of the system, as `new Error('connect ECONNREFUSED 10.0.0.1:80')` with code, errno, syscall and address. */
export function socketError(
  code: SocketErrorCode,
  syscall: string,
  address?: string,
  port?: number,
): NodeJS.ErrnoException {
  const where = address === undefined ? '' : ` ${address}${port === undefined || port <= 0 ? '' : `:${port}`}`;
  const error: NodeJS.ErrnoException = new Error(`${syscall} ${code}${NOTES[code] ?? ''}${where}`);
  const fields = { errno: -(os.constants.errno as Record<string, number>)[code]!, code, syscall, address, port };
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined)
      Object.defineProperty(error, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return error;
}

/** An error of Node's, such as `ERR_SERVER_NOT_RUNNING`. */
export function nodeError(code: string, message: string, Base: new (message: string) => Error = Error): Error {
  const error = new Base(message);
  Object.defineProperty(error, 'code', { value: code, writable: true, enumerable: true, configurable: true });
  return error;
}

/** A port, checked as Node does. */
export function checkPort(port: unknown, name: string, allowZero = true): number {
  const isText = typeof port === 'string' && port.trim() !== '';
  const number = isText || typeof port === 'number' ? Number(port) : Number.NaN;
  if (number !== Math.floor(number) || number > 65_535 || number < (allowZero ? 0 : 1)) {
    const least = allowZero ? '>= 0' : '> 0';
    throw nodeError(
      'ERR_SOCKET_BAD_PORT',
      `${name} should be ${least} and < 65536. Received ${String(port)}.`,
      RangeError,
    );
  }
  return number;
}
