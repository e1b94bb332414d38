/** What `uplink.queue` bounds: messages accepted and not yet ended, and their bytes. */
import type { Pending } from './pending.js';

export class Room {
  readonly maxMessages: number;
  readonly maxBytes: number;
  messages = 0;
  bytes = 0;

  constructor(maxMessages: number, maxBytes: number) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
  }

  fits(pending: Pending): boolean {
    return this.fitsWithout(0, 0, pending);
  }

  /** Whether it would fit with so much less in there. */
  fitsWithout(messages: number, bytes: number, pending: Pending): boolean {
    return this.messages - messages < this.maxMessages && this.bytes - bytes + pending.bytes <= this.maxBytes;
  }

  enter(pending: Pending): void {
    this.messages += 1;
    this.bytes += pending.bytes;
  }

  leave(pending: Pending): void {
    this.messages -= 1;
    this.bytes -= pending.bytes;
  }

  describe(): string {
    return `${this.messages} of ${this.maxMessages} messages, ${this.bytes} of ${this.maxBytes} bytes`;
  }
}
