// The extension's own pages that are open: they hear when something changed, and ask again.

/** @typedef {import("./host.js").Host} Host */

export class OwnPages {
  /** @type {Set<chrome.runtime.Port>} */
  #ports = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #soon;

  /** @param {Host} host */
  constructor(host) {
    this.host = host;
  }

  /** How many there are. */
  get size() {
    return this.#ports.size;
  }

  /**
   * One more.
   *
   * @param {chrome.runtime.Port} port
   */
  add(port) {
    this.#ports.add(port);
    port.onDisconnect.addListener(() => this.#ports.delete(port));
    // It says so when it asks again, as the connection that was watched may be gone.
    port.onMessage.addListener(() => this.host.watch());
    this.host.watch();
  }

  /** Something changed: they hear of it once, however much did. */
  changed() {
    if (this.#ports.size === 0 || this.#soon) return;
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      for (const port of this.#ports) port.postMessage("changed");
    }, TOGETHER);
  }
}

/** Milliseconds. */
const TOGETHER = 50;
