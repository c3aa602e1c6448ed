import { localError } from "./error.js";

/**
 * The outcome of what others may wait for too, unless this one gives up.
 *
 * @throws `WardkeyError` `cancelled`
 */
export function unlessAborted<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return shared;
  return new Promise((resolve, reject) => {
    const abort = () => reject(localError("cancelled", {}, signal.reason));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    const done = () => signal.removeEventListener("abort", abort);
    shared.then(resolve, reject).finally(done);
  });
}
