import type { EventData, EventName } from "./protocol.js";
import { Stream } from "./stream.js";

/** What each event tells. A fact that may be missing is not known after a broken road. */
export interface EventMap extends Record<EventName, Partial<EventData>> {
  card_inserted: Told<"cardPresent"> & Pick<EventData, "reader">;
  card_removed: Told<"cardPresent"> & Pick<EventData, "reader">;
  reader_changed: Told<"cardPresent">;
  role_changed: Told<"state">;
  session_changed: Told<"state"> & Pick<EventData, "cause">;
  session_ended: Told<"cause" | "state">;
  session_locked: Told<"cause" | "state">;
  session_resumed: Told<"session" | "state">;
  session_started: Told<"session" | "state">;
}

/** Facts that are always there. */
export type Told<Fact extends keyof EventData> = Required<Pick<EventData, Fact>>;

/** One event: its name says what its data are. */
export type Happening = {
  [Event in EventName]: { event: Event; data: EventMap[Event] };
}[EventName];

/** A listener's own end of the events. */
type Listener = (happening: Happening) => void;

/** Hands events to those who asked. */
export class Events {
  readonly #listeners = new Set<Listener>();
  readonly #streams = new Set<Stream<Happening>>();

  /** Whether anyone listens. */
  get wanted(): boolean {
    return this.#listeners.size > 0;
  }

  /** Adds a listener; what removes it. */
  add(listener: Listener, signal?: AbortSignal): () => void {
    if (signal?.aborted) return () => {};
    this.#listeners.add(listener);
    const remove = () => {
      this.#listeners.delete(listener);
      signal?.removeEventListener("abort", remove);
    };
    signal?.addEventListener("abort", remove, { once: true });
    return remove;
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

  /** Ends every stream. */
  end(): void {
    this.#listeners.clear();
    for (const stream of [...this.#streams]) stream.end();
  }

  /** Events from now on, until the signal, `return()` or {@link end}. */
  stream(signal: AbortSignal | undefined): AsyncIterableIterator<Happening> {
    const stream = new Stream<Happening>(() => {
      remove();
      this.#streams.delete(stream);
      signal?.removeEventListener("abort", end);
    });
    const end = () => stream.end();
    const remove = this.add((happening) => stream.push(happening));
    this.#streams.add(stream);
    signal?.addEventListener("abort", end, { once: true });
    if (signal?.aborted) end();
    return stream;
  }
}
