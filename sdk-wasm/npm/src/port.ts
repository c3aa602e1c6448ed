import { localError } from "./error.js";
import type { PageGreeting } from "./protocol.js";

/** A port to the extension, with the first message on it. */
export interface Opened {
  port: MessagePort;
  greeting: unknown;
}

/**
 * Asks the extension for a port: one end of a channel goes to the page's own window, where only the
 * extension's content script sees it.
 *
 * @throws `WardkeyError` `context_insecure`, `extension_missing`, `cancelled`
 */
export async function openPort(timeout: number, signal: AbortSignal | undefined): Promise<Opened> {
  if (typeof window === "undefined") {
    throw localError("extension_missing", { reason: "not in a browser's page" });
  }
  if (!window.isSecureContext) throw localError("context_insecure");
  if (signal?.aborted) throw localError("cancelled", {}, signal.reason);
  const { port1: port, port2: theirs } = new MessageChannel();
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let abort = () => {};
  try {
    const greeting = await new Promise((resolve, reject) => {
      abort = () => reject(localError("cancelled", {}, signal?.reason));
      signal?.addEventListener("abort", abort, { once: true });
      const missing = () => reject(localError("extension_missing"));
      // The last part of the time counts anew, so that a page that was busy still hears the answer.
      const grace = Math.min(timeout, GRACE);
      waiting = setTimeout(() => (waiting = setTimeout(missing, grace)), timeout - grace);
      port.onmessage = ({ data }) => resolve(data);
      const hello: PageGreeting = { wardkey: { versions: VERSIONS, sdk: VERSION } };
      window.postMessage(hello, "/", [theirs]);
    });
    return { port, greeting };
  } catch (error) {
    closePort(port);
    throw error;
  } finally {
    clearTimeout(waiting);
    signal?.removeEventListener("abort", abort);
  }
}

/** Closes a port, and says so: not every browser tells the other end, and dialogs have to close. */
export function closePort(port: MessagePort): void {
  port.onmessage = null;
  port.postMessage({ closed: true });
  port.close();
}

/** The versions of the protocol that the core speaks; a test compares them. */
export const VERSIONS = { min: 1, max: 2 };

/** The package's version; a test compares it. */
export const VERSION = "0.1.0";

const GRACE = 50;
