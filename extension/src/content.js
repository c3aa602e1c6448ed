// Joins a page that asks for Wardkey to the extension. On a page that never asks it does nothing.
(() => {
  /** @typedef {import("../../crates/protocol/bindings/protocol.d.ts").Fault} Fault */
  /** @typedef {import("../../crates/protocol/bindings/protocol.d.ts").VersionRange} VersionRange */
  /** @typedef {import("../../crates/protocol/bindings/protocol.d.ts").CloseCause} CloseCause */

  // Capturing, and there before any script of the page, so that none of them sees the port.
  addEventListener("message", greet, true);
  // Firefox starts it in open pages too when the extension is updated. The one before is gone without
  // a word, and calls over it would wait for ever.
  if (document.readyState !== "loading") window.postMessage({ wardkey: { started: true } }, "*");

  /** @param {MessageEvent} event */
  function greet(event) {
    // The cheap checks first: reading `data` copies the message.
    if (event.source !== window || !event.isTrusted) return;
    if (event.ports.length === 0) return others(event.data);
    if (event.ports.length !== 1) return;
    const versions = event.data?.wardkey?.versions;
    if (!Number.isInteger(versions?.min) || !Number.isInteger(versions?.max)) return;
    // Once the extension was updated this script has nobody to speak to, and must not answer.
    if (!chrome.runtime?.id) return;
    event.stopImmediatePropagation();
    const [page] = event.ports;
    if (!isSecureContext) {
      page.postMessage({ error: INSECURE });
      return;
    }
    const version = agree(versions);
    page.postMessage({ hello: { version, extension: chrome.runtime.getManifest().version } });
    if (version !== undefined) join(page);
  }

  /** Where calls of `web-eid.js` go; the background answers them where policy says so, and else is silent.
   * @type {chrome.runtime.Port | undefined} */
  let webEid;

  /** @param {any} message */
  function others(message) {
    const { action } = message ?? {};
    if (typeof action !== "string" || !CALL.test(action) || !chrome.runtime?.id) return;
    if (!webEid) {
      webEid = chrome.runtime.connect({ name: "web-eid" });
      webEid.onMessage.addListener((answer) => window.postMessage(answer, location.origin));
      webEid.onDisconnect.addListener(() => (webEid = undefined));
    }
    webEid.postMessage({ activation: isActive(), secure: isSecureContext, message });
  }

  function isActive() {
    return navigator.userActivation.isActive && document.visibilityState === "visible";
  }

  /** @param {MessagePort} page */
  function join(page) {
    const background = chrome.runtime.connect({ name: "page" });

    /** @param {CloseCause} closed */
    const end = (closed) => {
      removeEventListener("pagehide", hide);
      page.onmessage = null;
      page.postMessage({ closed });
      page.close();
      background.disconnect();
    };
    const hide = () => end("page_hidden");

    page.onmessage = ({ data: frame }) => {
      if (frame?.closed === true) return hide();
      if (frame?.alive === true) return page.postMessage(frame);
      try {
        background.postMessage({ activation: isActive(), frame });
      } catch {
        if (!chrome.runtime?.id) end("extension_gone");
        else page.postMessage({ id: frame?.id, error: isJson(frame) ? TOO_LARGE : MALFORMED });
      }
    };
    // Not told in every browser; our SDK says so itself.
    page.addEventListener("close", hide);
    background.onMessage.addListener((frame) => {
      if (frame.closed) end(frame.closed);
      else page.postMessage(frame);
    });
    background.onDisconnect.addListener(() => end("extension_gone"));
    // A document that is put away (or kept for going back) has no Wardkey; when shown it asks anew.
    addEventListener("pagehide", hide);
  }

  /**
   * The newest version that both sides speak.
   *
   * @param {VersionRange} theirs
   */
  function agree(theirs) {
    const version = Math.min(theirs.max, NEWEST);
    return version >= theirs.min && version >= OLDEST ? version : undefined;
  }

  /** @param {unknown} value */
  function isJson(value) {
    try {
      return JSON.stringify(value) !== undefined;
    } catch {
      return false;
    }
  }

  const CALL = /^web-eid:(status|authenticate|get-signing-certificate|sign)$/;
  const OLDEST = 1;
  const NEWEST = 2;

  // The words are the table's; a test compares them.
  /** @type {Fault} */
  const INSECURE = {
    code: "context_insecure",
    message: "The page is not in a secure context.",
    remedy: "Open the page over https.",
  };
  /** @type {Fault} */
  const MALFORMED = {
    code: "message_malformed",
    message: "A message is not well-formed.",
    remedy: "Use the Wardkey SDK, which writes well-formed messages.",
  };
  /** @type {Fault} */
  const TOO_LARGE = {
    code: "frame_too_large",
    message: "A message is larger than the limit.",
    remedy: "Send less at once; the details name the limit in bytes.",
    details: { limit: 1_000_000 },
  };
})();
