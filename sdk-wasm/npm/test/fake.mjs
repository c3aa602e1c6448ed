// A window with an extension behind it, whose agent the test plays.

/** Replaces `window`; without `extension` nobody answers a greeting. */
export function fakeWindow({ extension = true, secure = true } = {}) {
  const window = new FakeWindow(extension, secure);
  globalThis.window = window;
  return window;
}

class FakeWindow extends EventTarget {
  /** Every port that was handed over. */
  ports = [];
  greeting = { hello: { version: 2, extension: "0.1.0" } };
  /** Answers whoever asks whether it is there. */
  isThere = true;
  /** Answers a request; `undefined` leaves it unanswered. */
  agent = () => undefined;

  constructor(extension, isSecureContext) {
    super();
    this.extension = extension;
    this.isSecureContext = isSecureContext;
  }

  postMessage(data, targetOrigin, ports) {
    if (targetOrigin !== "/") throw new Error(`to ${targetOrigin}`);
    queueMicrotask(() => {
      if (this.extension && data?.wardkey && ports?.length === 1) this.#join(data, ports[0]);
      this.dispatchEvent(Object.assign(new Event("message"), { data, source: this, ports }));
    });
  }

  /** The newest port. */
  get port() {
    return this.ports.at(-1);
  }

  /** Sends on the newest port. */
  send(message) {
    this.port.postMessage(message);
  }

  /** Ends the newest port, as the content script does. */
  end(closed) {
    this.port.postMessage({ closed });
    this.port.close();
  }

  /** The next time the page asks for a port. */
  joined() {
    return new Promise((resolve) => this.addEventListener("joined", resolve, { once: true }));
  }

  #join(hello, port) {
    port.hello = hello;
    port.requests = [];
    this.ports.push(port);
    port.onmessage = async ({ data: request }) => {
      port.requests.push(request);
      if (request.alive && this.isThere) port.postMessage(request);
      if (request.closed || request.alive) return;
      this.dispatchEvent(new Event("request"));
      const answer = await this.agent(request);
      if (answer !== undefined) port.postMessage({ id: request.id, ...answer });
    };
    port.postMessage(this.greeting);
    this.dispatchEvent(new Event("joined"));
  }
}

/** The clock's own, whatever a test has in its place. */
const later = setTimeout;

/** Waits until a condition holds; for a test that would otherwise never end, at most a while. */
export async function until(condition) {
  for (let turn = 0; turn < 2000; turn += 1) {
    if (condition()) return;
    await new Promise((resolve) => later(resolve, 1));
  }
  throw new Error(`not true: ${condition}`);
}
