import { unlessAborted } from "../../abort.js";
import { localError, type WardkeyError } from "../../error.js";
import { errorOfWebEid, words } from "./errors.js";

/** The actions of Web eID's extension. */
export type Action = "authenticate" | "get-signing-certificate" | "sign" | "status";

/** How one talks to it. */
export interface Road {
  /** Milliseconds that a user has for one dialog. */
  patience: number;
  lang?: string;
}

/**
 * Asks Web eID's extension by its messages on the window. Its replies carry no id and are told apart
 * by the action alone: so one question at a time, and after one that was given up its late reply
 * answers no other.
 *
 * @throws `WardkeyError` what its failure is among ours; `extension_missing` where nobody
 * acknowledges in time, `timeout`, `cancelled`
 */
export function ask(
  road: Road,
  action: Action,
  fields: Record<string, unknown>,
  signal: AbortSignal | undefined,
): Promise<Record<string, unknown>> {
  const turn = before.then(() => question(road, action, fields, signal));
  // The road is free once the extension is done with it, though the page has given up.
  before = turn.then(({ over }) => over).catch(() => {});
  return unlessAborted(turn.then(({ answer }) => answer), signal);
}

interface Question {
  answer: Promise<Record<string, unknown>>;
  over: Promise<void>;
}

async function question(
  road: Road,
  action: Action,
  fields: Record<string, unknown>,
  signal: AbortSignal | undefined,
): Promise<Question> {
  await loaded();
  if (signal?.aborted) throw localError("cancelled", {}, signal.reason);
  const name = `web-eid:${action}`;
  let done: () => void = () => {};
  const over = new Promise<void>((resolve) => (done = resolve));
  const answer = new Promise<Record<string, unknown>>((resolve, reject) => {
    const dialogs = { status: 0, authenticate: 1, "get-signing-certificate": 2, sign: 2 }[action];
    const unacknowledged = setTimeout(() => end(localError("extension_missing")), ACKNOWLEDGED);
    const late = setTimeout(() => {
      // Whatever comes of it after all is no answer to the next.
      strays.set(name, performance.now() + road.patience);
      end(action === "status" ? words("host_missing") : words("timeout"));
    }, ANSWERED + dialogs * road.patience);
    const abort = () => reject(localError("cancelled", {}, signal?.reason));
    const end = (error?: WardkeyError) => {
      clearTimeout(unacknowledged);
      clearTimeout(late);
      window.removeEventListener("message", hear);
      signal?.removeEventListener("abort", abort);
      if (error) reject(error);
      done();
    };
    const hear = ({ source, origin, data }: MessageEvent) => {
      if (source !== window || origin !== location.origin) return;
      const kind = typeof data?.action === "string" ? data.action : "";
      if (kind === `${name}-ack`) clearTimeout(unacknowledged);
      if (kind !== `${name}-success` && kind !== `${name}-failure`) return;
      const stray = strays.get(name);
      strays.delete(name);
      if (stray !== undefined && performance.now() < stray) return;
      if (kind === `${name}-failure`) {
        end(errorOfWebEid(data.error));
      } else {
        resolve(data as Record<string, unknown>);
        end();
      }
    };
    window.addEventListener("message", hear);
    signal?.addEventListener("abort", abort, { once: true });
    const options = { userInteractionTimeout: road.patience, ...(road.lang && { lang: road.lang }) };
    const message = { action: name, libraryVersion: LIBRARY, ...fields, options };
    window.postMessage(message, location.origin);
  });
  // Whoever asked hears it; `over` never fails.
  answer.catch(() => {});
  return { answer, over };
}

/** Their content script is there once the document is (`document_idle`). */
async function loaded(): Promise<void> {
  if (document.readyState === "complete") return;
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ACKNOWLEDGED);
    window.addEventListener("load", () => setTimeout(resolve), { once: true });
  });
}

let before: Promise<unknown> = Promise.resolve();

/** Until when the reply to a question that was given up may still come, by action. */
const strays = new Map<string, number>();

/** Milliseconds; theirs. */
const ACKNOWLEDGED = 1000;
const ANSWERED = 6000;

/** What it asks of the version: semantic, and its major one. */
const LIBRARY = "2.0.0";
