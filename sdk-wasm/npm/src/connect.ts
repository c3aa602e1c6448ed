import { connectWith, type ConnectOptions } from "./connecting.js";
import core from "./core_octets.js";
import { inflate } from "./inflate.js";
import type { Wardkey } from "./wardkey.js";

/**
 * Finds Wardkey in this browser. Starts nothing: the host program is started by the first call.
 *
 * @throws `WardkeyError` `context_insecure` at once where the page is not in a secure context,
 * `extension_missing` when no extension answers in time, `version_mismatch`, `cancelled`.
 */
export async function connect(options: ConnectOptions = {}): Promise<Wardkey> {
  return connectWith(() => inflate(core), options);
}
