// What an administrator has the browser say of the service desk. Browsers check the schema, but not
// all of them, and not what an address is.

import { element } from "./elements.js";

/** Where something is wrong or missing, says whom to ask, in the page's `#desk`, if an administrator has it said. */
export async function sayWhomToAsk() {
  const { text, url } = serviceDesk(await managed());
  const page = /** @type {HTMLAnchorElement} */ (element("desk-page"));
  element("desk-text").textContent = text ?? "";
  page.hidden = !url;
  if (url) page.href = url;
  element("desk").hidden = !(text || url);
}

/**
 * The texts of managed storage that are fit to be shown.
 *
 * @param {Record<string, unknown>} managed
 * @returns {{ text?: string, url?: string }}
 */
export function serviceDesk({ service_desk: desk }) {
  /** @type {{ text?: unknown, url?: unknown }} */
  const { text, url } = desk && typeof desk === "object" ? desk : {};
  return {
    text: typeof text === "string" && text ? text : undefined,
    url: typeof url === "string" && URL.canParse(url) && new URL(url).protocol === "https:" ? url : undefined,
  };
}

/**
 * The keys of managed storage that nobody reads, by their paths.
 *
 * @param {Record<string, unknown>} managed
 */
export function unknownIn({ service_desk: desk, ...others }) {
  const { text, url, ...more } = desk && typeof desk === "object" ? /** @type {Record<string, unknown>} */ (desk) : {};
  return [...Object.keys(others), ...Object.keys(more).map((key) => `service_desk.${key}`)];
}

/**
 * What the browser was told; nothing in a browser that nobody manages.
 *
 * @returns {Promise<Record<string, unknown>>}
 */
export async function managed() {
  try {
    return await chrome.storage.managed.get();
  } catch {
    // Firefox, where its policy says nothing of this extension.
    return {};
  }
}
