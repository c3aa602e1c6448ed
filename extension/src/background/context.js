// What the browser says of a page. Nothing here comes from the page.

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").PageContext} PageContext */

/**
 * The facts of a content script's document; `undefined` when the sender is no document of a tab.
 *
 * @param {chrome.runtime.MessageSender | undefined} sender
 * @returns {PageContext | undefined}
 */
export function contextOf(sender) {
  if (sender?.id !== chrome.runtime.id || !sender.tab || sender.frameId === undefined) {
    return undefined;
  }
  const top = sender.frameId === 0;
  const origin = sender.origin ?? OPAQUE;
  const { id: tab } = sender.tab;
  // A name of its own where the browser gives none.
  const document = sender.documentId ?? crypto.randomUUID();
  return {
    origin,
    topOrigin: top ? origin : originOf(sender.tab.url),
    top,
    document: tab !== undefined && tab >= 0 ? `${tab}/${document}` : document,
  };
}

/**
 * Whether a message comes from one of the extension's own pages.
 *
 * @param {chrome.runtime.MessageSender} sender
 */
export function isOwn(sender) {
  const own = chrome.runtime.getURL("");
  return sender.id === chrome.runtime.id && sender.url?.startsWith(own) === true;
}

/** @param {string | undefined} url */
function originOf(url) {
  return url && URL.canParse(url) ? new URL(url).origin : OPAQUE;
}

/** How browsers write the origin of a document that has none; the agent admits it to nothing. */
const OPAQUE = "null";
