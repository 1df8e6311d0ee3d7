// Flow-control credit in bytes, of a stream or of a whole connection (RFC 9000, section 4).
// Invariant: the reader's credit is what it has consumed plus one window, told whenever half a window was consumed.

/** The sender's side. */
export class SendCredit {
  private limit: number;
  private used = 0;

  /** @param windowBytes - What may be sent before the reader has consumed anything. */
  constructor(windowBytes: number) {
    this.limit = windowBytes;
  }

  /** True when something may be sent: a message is sent whole, so the last one may reach beyond the limit. */
  get isLeft(): boolean {
    return this.used < this.limit;
  }

  take(bytes: number): void {
    this.used += bytes;
  }

  /** True when the reader's new limit frees a sender that had nothing left. */
  raise(limit: number): boolean {
    const wasLeft = this.isLeft;
    if (limit > this.limit) this.limit = limit;
    return !wasLeft && this.isLeft;
  }
}

/** The reader's side. */
export class RecvCredit {
  private readonly windowBytes: number;
  private consumed = 0;
  private told = 0;

  constructor(windowBytes: number) {
    this.windowBytes = windowBytes;
  }

  /** Notes that bytes were consumed; true when the sender must be told. */
  consume(bytes: number): boolean {
    this.consumed += bytes;
    return (this.consumed - this.told) * 2 >= this.windowBytes;
  }

  /** The limit to tell the sender now. */
  renew(): number {
    this.told = this.consumed;
    return this.consumed + this.windowBytes;
  }
}
