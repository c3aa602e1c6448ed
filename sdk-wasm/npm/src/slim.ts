/**
 * The same as `wardkey`, for apps that load `core.wasm` themselves: from a cache, under another
 * name, or compiled ahead.
 *
 * ```ts
 * import { connect } from "wardkey/slim";
 * import core from "wardkey/core.wasm?url"; // however your bundler names the address of a file
 *
 * const wardkey = await connect({ core: fetch(core) });
 * ```
 *
 * @module wardkey/slim
 */

import { connectWith, type ConnectOptions, type CoreModule } from "./connecting.js";
import type { Wardkey } from "./wardkey.js";

export * from "./api.js";
export type { CoreModule };

/** How to connect, and with what. */
export interface SlimConnectOptions extends ConnectOptions {
  /** `wardkey/core.wasm` of this very version; looked at by the first call only. */
  core: CoreModule | Promise<CoreModule>;
}

/**
 * Finds Wardkey in this browser, as `connect` of `wardkey` does.
 *
 * @throws `WardkeyError` as `connect` of `wardkey`
 */
export async function connect(options: SlimConnectOptions): Promise<Wardkey> {
  const { core, ...rest } = options;
  // Whoever connects again may hand over what is not looked at.
  Promise.resolve(core).catch(() => {});
  return connectWith(() => core, rest);
}
