// The background: joins the browser's ports to the pages and the host.

import { contextOf, isOwn } from "./context.js";
import { HOST_NAME } from "./host.js";
import { Pages } from "./pages.js";

const pages = new Pages({
  version: chrome.runtime.getManifest().version,
  connect: () => chrome.runtime.connectNative(HOST_NAME),
  lastError: () => chrome.runtime.lastError?.message,
  now: () => performance.now(),
});

chrome.runtime.onConnect.addListener((port) => {
  const context = port.name === "page" ? contextOf(port.sender) : undefined;
  if (!context) return port.disconnect();
  clearTimeout(idle);
  const number = pages.add(
    {
      post(message) {
        try {
          port.postMessage(message);
        } catch {
          // The page is going; its disconnection is on the way.
        }
      },
      disconnect: () => port.disconnect(),
    },
    context,
  );
  port.onMessage.addListener((message) => pages.take(number, message));
  port.onDisconnect.addListener(() => {
    pages.remove(number);
    restSoon();
  });
});

// The extension's own pages ask how things stand. A page cannot: it has no way to
// `runtime.sendMessage`, and a content script is not at an address of the extension.
chrome.runtime.onMessage.addListener((message, sender, reply) => {
  const asked = isOwn(sender) ? ask(message) : undefined;
  asked?.then((answer) => {
    reply(answer);
    restSoon();
  });
  return asked !== undefined;
});

/** @param {unknown} message */
function ask(message) {
  if (message === "status") return pages.host.status();
  if (message === "diagnostics") return pages.host.ask("diagnostics");
  return undefined;
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let idle;

/** Without pages the host program is let go after a while; the agent stays. */
function restSoon() {
  clearTimeout(idle);
  if (pages.size === 0) idle = setTimeout(() => pages.host.release(), REST);
}

/** Milliseconds; the browser stops an idle background after 30 seconds. */
const REST = 20_000;
