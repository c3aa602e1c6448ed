import { unlessAborted } from "./abort.js";
import { thrown, type Core, type Outcome } from "./core.js";
import { localError, WardkeyError } from "./error.js";
import type { Events, Happening } from "./events.js";
import { closePort, openPort } from "./port.js";
import type { CommandName } from "./protocol.js";
import type { Transfer } from "./transfer.js";

/** What may go with every call. */
export interface Calling {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: unknown) => void) | undefined;
  /** What is too large for one message, both ways. */
  transfer?: Transfer | undefined;
}

interface Call {
  resolve(ok: Record<string, unknown>): void;
  reject(error: WardkeyError): void;
  onProgress: ((progress: unknown) => void) | undefined;
  transfer: Transfer | undefined;
}

/**
 * The page's road to the extension. It is opened again when it broke: by the next call, and at once
 * where somebody waits for events.
 */
export class Connection {
  readonly #core: Core;
  readonly #events: Events;
  readonly #timeout: number;
  readonly #calls = new Map<number, Call>();
  #port: MessagePort | undefined;
  #opening: Promise<void> | undefined;
  #subscribing: Promise<unknown> | undefined;
  /** Whom this document lets call from its frames, and whether this port's agent knows. */
  #delegates: readonly string[] = [];
  #delegated = false;
  #delegating: Promise<unknown> | undefined;
  #openedAt = 0;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ended = false;
  #watching: ReturnType<typeof setTimeout> | undefined;
  /** Whether the other end has said nothing since it was asked. */
  #silent = false;

  private constructor(core: Core, events: Events, timeout: number) {
    this.#core = core;
    this.#events = events;
    this.#timeout = timeout;
    window.addEventListener("pagehide", this.#hide);
    window.addEventListener("pageshow", this.#show);
    window.addEventListener("message", this.#started);
  }

  /** Opens the first port. */
  static async open(
    core: Promise<{ Core: new () => object }>,
    events: Events,
    timeout: number,
    signal: AbortSignal | undefined,
  ): Promise<Connection> {
    const { port, greeting } = await openPort(timeout, signal);
    let connection: Connection | undefined;
    try {
      const { Core } = await unlessAborted(core, signal);
      connection = new Connection(new Core() as Core, events, timeout);
      connection.#take(port, greeting);
      return connection;
    } catch (error) {
      connection?.close();
      closePort(port);
      throw error;
    }
  }

  /** Makes a call; its result as the wire has it. What only reads outlives a host that is replaced. */
  async call(command: CommandName, args: object, calling: Calling = {}): Promise<unknown> {
    const { signal } = calling;
    await this.#ready(signal);
    this.#restore(command);
    const ok = await this.#send(command, args, calling).catch(async (error: WardkeyError) => {
      if (!READS.has(command) || !isLost(error)) throw error;
      // Once: whoever meets the same again has to be told.
      await unlessAborted(new Promise((resolve) => setTimeout(resolve, AGAIN)), signal);
      await this.#ready(signal);
      this.#restore(command);
      return this.#send(command, args, calling);
    });
    // Signing in may have brought the grant that events and frames need.
    if (command === "sign_in") this.#restore(command);
    return ok;
  }

  /** Lets documents of these origins, and of no others, call from this document's frames. */
  async delegate(origins: readonly string[], calling: Calling = {}): Promise<void> {
    const [before, wanted] = [this.#delegates, [...origins]];
    this.#delegates = wanted;
    try {
      await this.call("delegate", { origins: wanted }, calling);
      this.#delegated = true;
    } catch (error) {
      // A later word counts. Where the agent may have heard this one or not, what it took back stays
      // taken back.
      const { code } = error as WardkeyError;
      const refused = !isLost(error as WardkeyError) && code !== "cancelled";
      if (this.#delegates === wanted) {
        this.#delegates = refused ? before : before.filter((one) => wanted.includes(one));
      }
      throw error;
    }
  }

  /** Asks for events, where somebody wants them and they do not come yet. Never rejects. */
  subscribe(): Promise<unknown> {
    if (!this.#events.wanted || this.#core.subscribed || this.#ended) return Promise.resolve();
    this.#subscribing ??= this.call("subscribe", {})
      .then(
        () => {},
        // The next call meets the same error, and says so; an agent may come back by itself.
        (error: WardkeyError) => error.code === "agent_unreachable" && this.#again(false),
      )
      .finally(() => (this.#subscribing = undefined));
    return this.#subscribing;
  }

  /** Ends everything; calls under way are given up. */
  close(): void {
    this.#ended = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#watching);
    window.removeEventListener("pagehide", this.#hide);
    window.removeEventListener("pageshow", this.#show);
    window.removeEventListener("message", this.#started);
    this.#act(this.#core.pageHidden());
  }

  /** What a new port's agent does not know yet is asked for again, beside the call of a command. */
  #restore(command?: CommandName): void {
    if (command !== "subscribe") void this.subscribe();
    if (command === "delegate" || this.#delegated || this.#delegates.length === 0) return;
    this.#delegating ??= this.call("delegate", { origins: this.#delegates })
      .then(
        () => (this.#delegated = true),
        (error: WardkeyError) => error.code === "agent_unreachable" && this.#again(false),
      )
      .finally(() => (this.#delegating = undefined));
  }

  async #ready(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) throw localError("cancelled", {}, signal.reason);
    if (this.#ended) throw localError("cancelled", { reason: "closed" });
    if (this.#port) return;
    this.#opening ??= openPort(this.#timeout, undefined)
      .then(({ port, greeting }) => this.#take(port, greeting))
      .finally(() => (this.#opening = undefined));
    await unlessAborted(this.#opening, signal);
  }

  #take(port: MessagePort, greeting: unknown): void {
    try {
      if (this.#ended) throw localError("cancelled", { reason: "closed" });
      this.#core.opened(greeting);
    } catch (error) {
      closePort(port);
      throw error instanceof WardkeyError ? error : thrown(error);
    }
    clearTimeout(this.#retry);
    this.#openedAt = performance.now();
    this.#port = port;
    this.#silent = false;
    port.onmessage = ({ data }) => {
      this.#silent = false;
      if (port === this.#port) this.#act(this.#core.receive(data));
    };
  }

  #send(command: string, args: object, calling: Calling): Promise<Record<string, unknown>> {
    const { signal, onProgress, transfer } = calling;
    const port = this.#port;
    if (!port) return Promise.reject(localError("cancelled", { reason: "the page was put away" }));
    // As JSON has it, whatever the page put in.
    const text = JSON.stringify(args);
    const octets = new TextEncoder().encode(text).length;
    let frame: { id: number };
    try {
      frame = this.#core.request(command, JSON.parse(text), octets);
    } catch (error) {
      return Promise.reject(thrown(error));
    }
    return new Promise<Record<string, unknown>>((resolve, reject) => {
      const giveUp = (error: WardkeyError) => {
        if (this.#core.cancel(frame.id)) this.#port?.postMessage({ cancel: frame.id });
        this.#calls.delete(frame.id);
        done();
        reject(error);
      };
      const abort = () => giveUp(localError("cancelled", {}, signal?.reason));
      const done = () => {
        signal?.removeEventListener("abort", abort);
        transfer?.end();
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#calls.set(frame.id, {
        resolve: (ok) => (done(), resolve(ok)),
        reject: (error) => (done(), reject(error)),
        onProgress,
        transfer,
      });
      port.postMessage(frame);
      transfer?.begin((chunk) => port.postMessage({ id: frame.id, chunk }), giveUp);
      this.#watch();
    });
  }

  /** While calls are under way the other end is asked now and then: where it is removed, Firefox says nothing. */
  #watch(late = false): void {
    const look = () => {
      this.#watching = undefined;
      if (!this.#port || this.#calls.size === 0) return;
      if (!this.#silent) {
        this.#silent = true;
        this.#port.postMessage({ alive: true });
        return this.#watch();
      }
      // A page that was busy still hears the answer.
      if (!late) return this.#watch(true);
      this.#act(this.#core.receive({ closed: "extension_gone" }));
    };
    this.#watching ??= setTimeout(look, late ? GRACE : BEAT);
  }

  #act(outcomes: Outcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.kind === "event") {
        this.#events.tell({ event: outcome.event, data: outcome.data } as Happening);
      } else if (outcome.kind === "closed") {
        this.#closed(outcome.cause !== "page_hidden");
      } else if (outcome.kind === "progress") {
        this.#calls.get(outcome.id)?.onProgress?.(outcome.progress);
      } else if (outcome.kind === "credit") {
        void this.#calls.get(outcome.id)?.transfer?.send(outcome.credit);
      } else if (outcome.kind === "chunk") {
        const { id, document, octets, credit } = outcome;
        this.#calls.get(id)?.transfer?.received(document, octets);
        if (credit !== undefined) this.#port?.postMessage({ id, credit });
      } else {
        const call = this.#calls.get(outcome.id);
        this.#calls.delete(outcome.id);
        if (outcome.kind === "answer") call?.resolve(outcome.ok);
        else call?.reject(new WardkeyError(outcome.error));
      }
    }
  }

  #closed(again: boolean): void {
    if (this.#port) {
      closePort(this.#port);
      this.#port = undefined;
    }
    this.#delegated = false;
    if (again) this.#again(performance.now() - this.#openedAt >= HELD);
  }

  /** A road that held is opened again at once; one that keeps breaking, ever more slowly. */
  #again(held: boolean): void {
    if (this.#ended || (!this.#events.wanted && this.#delegates.length === 0)) return;
    clearTimeout(this.#retry);
    this.#failures = held ? 0 : this.#failures + 1;
    const wait = held ? 0 : Math.min(SHORTEST * 2 ** this.#failures, LONGEST);
    this.#retry = setTimeout(() => this.#restore(), wait);
  }

  // A page that is put away loses its port; shown again, it asks for another.
  readonly #hide = () => {
    clearTimeout(this.#retry);
    if (this.#port) this.#act(this.#core.pageHidden());
  };
  readonly #show = (event: PageTransitionEvent) => {
    if (event.persisted) this.#restore();
  };
  // In Firefox an update of the extension takes the other end of the port away without a word; what
  // comes in its place tells that it is there. Whoever else of this page says so ends no more than its
  // own calls.
  readonly #started = ({ source, data }: MessageEvent) => {
    if (source !== window || data?.wardkey?.started !== true || !this.#port) return;
    this.#act(this.#core.receive({ closed: "extension_gone" }));
  };
}

/** Whether the road broke under a call, so that another may carry it. */
function isLost({ code, details }: WardkeyError): boolean {
  return code === "agent_unreachable" || (code === "extension_missing" && "reason" in details);
}

/** What can be asked twice: it changes nothing, and opens no dialog. */
const READS: ReadonlySet<CommandName> = new Set(["cards", "status", "ticket", "user"]);

/** Milliseconds; a little longer than the extension waits before it starts a host anew. */
const AGAIN = 300;
/** Milliseconds; an answer takes one or two. */
const BEAT = 5000;
/** Milliseconds. */
const GRACE = 250;
/** Milliseconds. */
const HELD = 5000;
const SHORTEST = 250;
const LONGEST = 30_000;
