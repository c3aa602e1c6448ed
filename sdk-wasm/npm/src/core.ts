import { localError, WardkeyError, type Trouble } from "./error.js";
import { load } from "./load.js";
import type { CloseCause, EventData, EventName } from "./protocol.js";
import type { Core } from "./core_module.js";
import initialise, * as exports from "./core_module.js";

export type { Core };

/** What a message of the port meant. */
export type Outcome =
  | { kind: "answer"; id: number; ok: Record<string, unknown> }
  | { kind: "chunk"; id: number; document: string; octets: string; credit?: number }
  | { kind: "closed"; cause: CloseCause }
  | { kind: "credit"; id: number; credit: number }
  | { kind: "event"; event: EventName; data: EventData }
  | { kind: "failure"; id: number; error: Trouble }
  | { kind: "progress"; id: number; progress: unknown };

/** Loads the core, once; again only after it failed. */
export function loadCore(): Promise<typeof exports> {
  loaded ??= (async () => {
    try {
      await initialise({ module_or_path: await load(new URL("./core.wasm", import.meta.url)) });
      return exports;
    } catch (cause) {
      loaded = undefined;
      // Most often a content security policy without 'wasm-unsafe-eval'.
      throw localError("internal", { reason: `core.wasm: ${String(cause)}` }, cause);
    }
  })();
  return loaded;
}

/** The error that the core threw as JSON. */
export function thrown(error: unknown): WardkeyError {
  if (typeof error !== "string") return localError("internal", { reason: String(error) }, error);
  return new WardkeyError(JSON.parse(error) as Trouble);
}

let loaded: Promise<typeof exports> | undefined;
