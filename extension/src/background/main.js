// The background: joins the browser's ports to the pages and the host.

import { contextOf, isOwn } from "./context.js";
import { HOST_NAME } from "./host.js";
import { OwnPages } from "./own.js";
import { Pages } from "./pages.js";
import { WebEid } from "./web-eid.js";

const pages = new Pages(
  {
    version: chrome.runtime.getManifest().version,
    connect: () => chrome.runtime.connectNative(HOST_NAME),
    lastError: () => chrome.runtime.lastError?.message,
    now: () => performance.now(),
  },
  () => own.changed(),
);
const own = new OwnPages(pages.host);

chrome.runtime.onConnect.addListener((port) => {
  clearTimeout(idle);
  port.onDisconnect.addListener(restSoon);
  if (port.name === "own" && port.sender && isOwn(port.sender)) return own.add(port);
  const context = contextOf(port.sender);
  if (context && port.name === "page") return addPage(port, context);
  if (context && port.name === "web-eid") return addWebEid(port, context);
  port.disconnect();
  restSoon();
});

/**
 * @param {chrome.runtime.Port} port
 * @param {import("./context.js").PageContext} context
 */
function addPage(port, context) {
  const number = pages.add({ post: poster(port), disconnect: () => port.disconnect() }, context);
  port.onMessage.addListener((message) => pages.take(number, message));
  port.onDisconnect.addListener(() => pages.remove(number));
}

/**
 * @param {chrome.runtime.Port} port
 * @param {import("./context.js").PageContext} context
 */
function addWebEid(port, context) {
  const shim = new WebEid(pages, context, poster(port));
  port.onMessage.addListener((message) => shim.take(message).then(restSoon));
  port.onDisconnect.addListener(() => shim.close());
}

/** @param {chrome.runtime.Port} port */
function poster(port) {
  return (/** @type {unknown} */ message) => {
    try {
      port.postMessage(message);
    } catch {
      // The page is going; its disconnection is on the way.
    }
  };
}

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

/** @param {any} message */
function ask(message) {
  if (message === "status") return pages.host.status();
  if (typeof message?.own === "string") return pages.host.ask(message.own, message.args);
  return undefined;
}

chrome.runtime.onInstalled.addListener(async ({ reason }) => {
  if (reason !== "install") return;
  // Where an administrator installs it, the host program is theirs to install too; and whoever
  // loads it to develop knows.
  const { installType } = await chrome.management.getSelf();
  if (installType === "admin" || installType === "development") return;
  await chrome.tabs.create({ url: chrome.runtime.getURL("src/welcome/welcome.html") });
});

/** @type {ReturnType<typeof setTimeout> | undefined} */
let idle;

/** Without pages the host program is let go after a while; the agent stays. */
function restSoon() {
  clearTimeout(idle);
  idle = setTimeout(() => {
    if (pages.size === 0 && own.size === 0) pages.host.release();
  }, REST);
}

/** Milliseconds; the browser stops an idle background after 30 seconds. */
const REST = 20_000;
