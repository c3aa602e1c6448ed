/** Values one after another, for whoever fetches them; the oldest go when nobody does. */
export class Stream<T> implements AsyncIterableIterator<T> {
  readonly #queue: T[] = [];
  readonly #waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];
  readonly #onEnd: () => void;
  #ended = false;

  constructor(onEnd: () => void = () => {}) {
    this.#onEnd = onEnd;
  }

  push(value: T): void {
    if (this.#ended) return;
    const waiting = this.#waiting.shift();
    if (waiting) {
      waiting({ value, done: false });
      return;
    }
    if (this.#queue.length === MAX_QUEUE) this.#queue.shift();
    this.#queue.push(value);
  }

  /** No more values come; those that did are still handed out. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting({ value: undefined, done: true });
    this.#onEnd();
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#queue.length > 0) return { value: this.#queue.shift() as T, done: false };
    if (this.#ended) return { value: undefined, done: true };
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#queue.length = 0;
    this.end();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const MAX_QUEUE = 1000;
