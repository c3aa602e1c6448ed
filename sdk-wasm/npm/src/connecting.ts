import { Connection } from "./connection.js";
import { startCore } from "./core.js";
import { Events } from "./events.js";
import { Wardkey } from "./wardkey.js";

/** How to connect. */
export interface ConnectOptions {
  /** Gives up. */
  signal?: AbortSignal;
  /** Milliseconds to wait for the extension; if absent, less than 300. */
  timeout?: number;
}

/** What `core.wasm` may be given as: compiled, its octets, or the answer that brings them. */
export type CoreModule = BufferSource | Response | WebAssembly.Module;

/** Connects with the core from somewhere. */
export async function connectWith(
  source: () => CoreModule | Promise<CoreModule>,
  { signal, timeout = HELLO_TIMEOUT }: ConnectOptions,
): Promise<Wardkey> {
  // Side by side, and what the port says comes first: it is what people can act on.
  const core = startCore(source);
  core.catch(() => {});
  const events = new Events();
  return new Wardkey(await Connection.open(core, events, timeout, signal), events);
}

/** Ten times what an extension takes that is there; timers of a busy page, which are late, keep within 300. */
const HELLO_TIMEOUT = 200;
