// A browser's runtime ports, as far as the extension uses them.

/** Two connected ports; what one posts the other hears at once. */
export function portPair(sender) {
  const one = new FakePort(sender);
  const other = new FakePort();
  one.peer = other;
  other.peer = one;
  return [one, other];
}

export class FakePort {
  peer;
  closed = false;
  received = [];
  onMessage = new FakeEvent();
  onDisconnect = new FakeEvent();

  constructor(sender) {
    this.sender = sender;
    this.onMessage.addListener((message) => this.received.push(message));
  }

  postMessage(message) {
    if (this.closed) throw new Error("Attempting to use a disconnected port object");
    // The browser's ports carry JSON.
    this.peer.onMessage.fire(JSON.parse(JSON.stringify(message)));
  }

  disconnect() {
    if (this.closed) return;
    this.closed = true;
    this.peer.closed = true;
    this.peer.onDisconnect.fire(this.peer);
  }
}

export class FakeEvent {
  #listeners = [];

  addListener(listener) {
    this.#listeners.push(listener);
  }

  fire(...values) {
    for (const listener of this.#listeners) listener(...values);
  }
}
