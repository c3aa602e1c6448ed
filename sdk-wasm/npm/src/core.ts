import type { CoreModule } from "./connecting.js";
import { localError, WardkeyError, type Trouble } from "./error.js";
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

/** Starts the core, once; again only after it failed. */
export function startCore(
  source: () => CoreModule | Promise<CoreModule>,
): Promise<typeof exports> {
  started ??= (async () => {
    try {
      await initialise({ module_or_path: await source() });
      return exports;
    } catch (cause) {
      started = undefined;
      // Most often a content security policy without 'wasm-unsafe-eval'.
      throw localError("internal", { reason: `core.wasm: ${String(cause)}` }, cause);
    }
  })();
  return started;
}

/** The error that the core threw. */
export function thrown(error: unknown): WardkeyError {
  const isTrouble = typeof error === "object" && error !== null && !(error instanceof Error);
  if (isTrouble) return new WardkeyError(error as Trouble);
  return localError("internal", { reason: String(error) }, error);
}

let started: Promise<typeof exports> | undefined;
