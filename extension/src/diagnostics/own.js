// What the page finds out by itself, with or without a host program.

import { managed, unknownIn } from "../service-desk.js";
import { nameOfBrowser } from "./browser.js";

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Fault} Fault */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Finding} Finding */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").FindingState} FindingState */

/**
 * Of the browser that this page is in, and of the extension.
 *
 * @param {string} userAgent
 * @returns {Promise<Finding[]>}
 */
export async function ownFindings(userAgent) {
  const browser = nameOfBrowser(userAgent);
  const { version, content_scripts: scripts = [] } = chrome.runtime.getManifest();
  const findings = [
    finding("browser", "browser", "ok", `This is ${browser}.`),
    finding("extension", "extension", "ok", `It has the extension ${version}.`),
  ];
  const sites = scripts.flatMap(({ matches = [] }) => matches);
  if (!(await chrome.permissions.contains({ origins: sites }))) findings.push(own("site_access"));
  const unknown = unknownIn(await managed());
  if (unknown.length > 0) findings.push({ ...own("managed_unknown"), details: { keys: unknown } });
  return findings;
}

/**
 * Why there is no report of the host's.
 *
 * @param {Fault} fault
 * @returns {Promise<Finding[]>}
 */
export async function hostFindings(fault) {
  const { code, message, remedy, details } = fault;
  const found = { ...finding(code, "host", "problem", message), remedy, details };
  if (code !== "host_missing") return [found];
  const { os } = await chrome.runtime.getPlatformInfo();
  return os === "linux" ? [found, own("browser_may_be_sandboxed")] : [found];
}

/** @param {keyof typeof OWN} code */
function own(code) {
  const [subject, state, found, remedy] = OWN[code];
  return { ...finding(code, subject, state, found), remedy };
}

/**
 * @param {string} code
 * @param {Finding["subject"]} subject
 * @param {FindingState} state
 * @param {string} found
 * @returns {Finding}
 */
function finding(code, subject, state, found) {
  return { code, subject, state, found, remedy: "" };
}

/**
 * What the page itself finds; the languages' files have it in theirs.
 *
 * @satisfies {Record<string, [Finding["subject"], FindingState, string, string]>}
 */
export const OWN = {
  browser_may_be_sandboxed: [
    /** @type {const} */ ("browser"),
    /** @type {const} */ ("warning"),
    "If this browser is a Snap or a Flatpak, it may start no program outside itself.",
    "Look how this browser was installed; use it as a package of the distribution or of its maker.",
  ],
  managed_unknown: [
    /** @type {const} */ ("extension"),
    /** @type {const} */ ("warning"),
    "The browser's administrator set something for the extension that it does not know.",
    "Correct the keys that the details name; `managed_schema.json` has those that there are.",
  ],
  site_access: [
    /** @type {const} */ ("extension"),
    /** @type {const} */ ("problem"),
    "The extension is not allowed on all sites.",
    "Allow it on all sites, or on those that use it, in the browser's page of extensions.",
  ],
};
