import { Connection } from "./connection.js";
import { Events } from "./events.js";
import { Wardkey } from "./wardkey.js";

/** How to connect. */
export interface ConnectOptions {
  /** Gives up. */
  signal?: AbortSignal;
  /** Milliseconds to wait for the extension; 300 if absent. */
  timeout?: number;
}

/**
 * Finds Wardkey in this browser. Starts nothing: the host program is started by the first call.
 *
 * @throws `WardkeyError` `context_insecure` at once where the page is not in a secure context,
 * `extension_missing` when no extension answers in time, `version_mismatch`, `cancelled`.
 */
export async function connect(options: ConnectOptions = {}): Promise<Wardkey> {
  const { signal, timeout = HELLO_TIMEOUT } = options;
  const events = new Events();
  return new Wardkey(await Connection.open(events, timeout, signal), events);
}

const HELLO_TIMEOUT = 300;
