import { Socket } from 'node:net';

type WriteCallback = (error?: Error | null) => void;

/**
 * A socket that sends what is written in one turn as one packet. The driver writes each statement by itself, and a call of the system for each costs
 * either side more than most of the statements do.
 */
export class PacketSocket extends Socket {
  #isOpen = false;

  constructor() {
    super();
    // Whoever connects gets Socket's own `write` put on the instance, in place of any other.
    this.once('connect', () => Reflect.deleteProperty(this, 'write'));
  }

  override write(chunk: Uint8Array | string, encoding?: BufferEncoding | WriteCallback, callback?: WriteCallback): boolean {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.cork();
      // After the promises that are settled already have gone on, as those do that ask several things at once.
      process.nextTick(() => {
        this.#isOpen = false;
        this.uncork();
      });
    }
    return super.write(chunk, encoding as BufferEncoding, callback);
  }
}
