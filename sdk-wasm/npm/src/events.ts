import type { EventData, EventName } from "./protocol.js";

/** One event. */
export interface Happening {
  event: EventName;
  data: EventData;
}

/** A listener's own end of the events. */
type Listener = (happening: Happening) => void;

/** Hands events to those who asked. */
export class Events {
  readonly #listeners = new Set<Listener>();
  readonly #iterators = new Set<() => void>();

  /** Whether anyone listens. */
  get wanted(): boolean {
    return this.#listeners.size > 0;
  }

  /** Adds a listener; what removes it. */
  add(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Tells everyone; one who throws keeps nobody else from hearing. */
  tell(happening: Happening): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(happening);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Ends every iterator. */
  end(): void {
    this.#listeners.clear();
    for (const end of [...this.#iterators]) end();
  }

  /** Events from now on, until the signal, `return()` or {@link end}. */
  iterate(signal: AbortSignal | undefined): AsyncIterableIterator<Happening> {
    const queue: Happening[] = [];
    let wake: (() => void) | undefined;
    let ended = signal?.aborted ?? false;
    const remove = this.add((happening) => {
      if (queue.length === MAX_QUEUE) queue.shift();
      queue.push(happening);
      wake?.();
    });
    const end = () => {
      ended = true;
      remove();
      this.#iterators.delete(end);
      signal?.removeEventListener("abort", end);
      wake?.();
    };
    this.#iterators.add(end);
    signal?.addEventListener("abort", end, { once: true });
    if (ended) end();
    return {
      async next() {
        while (queue.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve));
        const value = queue.shift();
        return value ? { value, done: false } : { value: undefined, done: true };
      },
      async return() {
        end();
        return { value: undefined, done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

/** The oldest are dropped when nobody fetches them. */
const MAX_QUEUE = 1000;
