// The argument lists of `dgram.Socket.send`, in one form.
// Invariant: the bytes that are sent are those at the time of the call.
import { checkPort, nodeError } from './socket-error.ts';

/** Where a datagram goes to, before its name is looked up. */
export interface Destination {
  readonly host: string | undefined;
  readonly port: number;
}

/** What `send` goes by; the destination is undefined for a connected socket. */
export interface SendCall {
  readonly bytes: Uint8Array;
  readonly destination: Destination | undefined;
  readonly done: ((error: Error | null, bytes?: number) => void) | undefined;
}

/** `send(msg, [offset, length], [port], [address], [callback])`. */
export function sendArguments(args: readonly unknown[], isConnected: boolean): SendCall {
  const [message, ...rest] = args;
  const whole = partsOf(message);
  // Two numbers before the port are a part of the message: told by the number that follows, or by being connected.
  const hasPart = isConnected
    ? typeof rest[0] === 'number' && typeof rest[1] === 'number'
    : rest[1] !== undefined && rest[1] !== null && typeof rest[1] !== 'string' && typeof rest[1] !== 'function';
  const [offset, length] = hasPart ? [Number(rest[0]), Number(rest[1])] : [0, whole.length];
  if (offset < 0 || length < 0 || offset + length > whole.length) {
    throw nodeError('ERR_BUFFER_OUT_OF_BOUNDS', '"length" is outside of buffer bounds', RangeError);
  }
  const left = hasPart ? rest.slice(2) : rest;
  const done = left.find((given) => typeof given === 'function') as SendCall['done'];
  const bytes = whole.subarray(offset, offset + length);
  if (isConnected) {
    if (typeof left[0] === 'number') throw nodeError('ERR_SOCKET_DGRAM_IS_CONNECTED', 'Already connected');
    return { bytes, destination: undefined, done };
  }
  const host = typeof left[1] === 'string' && left[1] !== '' ? left[1] : undefined;
  return { bytes, destination: { host, port: checkPort(left[0], 'Port', false) }, done };
}

/** A copy: the sender may use its buffer again. */
function partsOf(message: unknown): Uint8Array {
  if (typeof message === 'string') return Buffer.from(message);
  if (ArrayBuffer.isView(message)) {
    return new Uint8Array(message.buffer, message.byteOffset, message.byteLength).slice();
  }
  if (Array.isArray(message)) return Buffer.concat(message.map(partsOf));
  throw nodeError(
    'ERR_INVALID_ARG_TYPE',
    'The "buffer" argument must be of type string or an instance of Buffer, TypedArray, or DataView.',
    TypeError,
  );
}

/** The same memory as a Buffer. */
export function bytesOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
