// What each site may do, and the user's choices. It changes by itself.

import { ask, watch } from "../agent.js";
import { button, element, make, renew } from "../elements.js";
import { LANGUAGES, choose, chosen, faultIn, speak } from "../words.js";
import { byOf, wordOf } from "./said.js";

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Capability} Capability */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Granted} Granted */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Grants} Grants */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Revoked} Revoked */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").SiteGrants} SiteGrants */

/** Counts the questions, so that a late answer does not replace a newer one. */
let asked = 0;

async function check() {
  asked += 1;
  const mine = asked;
  const answer = await /** @type {typeof ask<Grants>} */ (ask)("grants");
  if (mine !== asked) return;
  hear();
  const fault = "fault" in answer ? said(answer.fault) : undefined;
  element("fault").hidden = !fault;
  element("message").textContent = fault?.message ?? "";
  element("remedy").textContent = fault?.remedy ?? "";
  element("others").hidden = Boolean(fault);
  if ("ok" in answer) show(answer.ok);
  else renew(element("sites"), []);
}

/** @param {Grants} grants */
function show({ sites, askable }) {
  const none = [make("li", "soft", say("sitesNone"))];
  renew(element("sites"), sites.length ? sites.map(site) : none);
  element("others-text").textContent = say(askable.length ? "sitesOthers" : "sitesOthersNever");
  renew(element("others-list"), askable.map((one) => make("li", "", wordOf(one, say))));
}

/** @param {SiteGrants} it */
function site({ origin, server, granted, askable, webEid }) {
  const box = make("li", "site");
  box.dataset.origin = origin;
  const head = make("div", "head");
  const name = make("div");
  name.append(make("h3", "", origin), make("p", "soft", say("signedInAt", server)));
  if (webEid) name.append(make("p", "soft", say("sitesWebEid")));
  head.append(name);
  if (granted.filter(({ by }) => by === "consent").length > 1) {
    const all = button(say("revokeAll"), () => revoke(origin));
    all.ariaLabel = say("revokeAllOf", origin);
    head.append(all);
  }
  box.append(head, ...granted.map((one) => grant(origin, one)));
  const left = askable.filter((one) => !granted.some(({ capability }) => capability === one));
  for (const one of left) box.append(row(wordOf(one, say), say("askedFirst")));
  return box;
}

/**
 * @param {string} origin
 * @param {Granted} granted
 */
function grant(origin, granted) {
  const what = wordOf(granted.capability, say);
  const made = row(what, byOf(granted, say, document.documentElement.lang));
  made.dataset.capability = granted.capability;
  made.dataset.by = granted.by;
  if (granted.by === "consent") {
    const back = button(say("revoke"), () => revoke(origin, granted.capability));
    back.ariaLabel = say("revokeOf", origin, what);
    made.append(back);
  }
  return made;
}

/**
 * @param {string} what
 * @param {string} by
 */
function row(what, by) {
  const made = make("div", "granted");
  const said = make("div");
  said.append(make("p", "", what), make("p", "soft", by));
  made.append(said);
  return made;
}

/**
 * @param {string} origin
 * @param {Capability} [capability]
 */
async function revoke(origin, capability) {
  const args = capability ? { origin, capability } : { origin };
  const answer = await /** @type {typeof ask<Revoked>} */ (ask)("revoke", args);
  const fault = "fault" in answer ? said(answer.fault) : undefined;
  element("said").textContent =
    "ok" in answer ? say("revoked", answer.ok.revoked, origin) : `${fault?.message} ${fault?.remedy}`;
  await check();
  // The button that had the focus is gone.
  const site = document.querySelector(`[data-origin="${CSS.escape(origin)}"] button`);
  if (site instanceof HTMLElement) site.focus();
}

/** @param {import("../../../crates/protocol/bindings/protocol.d.ts").Fault} fault */
function said(fault) {
  return faultIn(document.documentElement.lang, fault);
}

async function offerLanguages() {
  const own = /** @type {HTMLOptionElement} */ (make("option", "", say("backToBrowser")));
  own.value = "";
  const names = Object.keys(LANGUAGES).map((tag) => {
    const named = new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;
    const option = /** @type {HTMLOptionElement} */ (make("option", "", named));
    option.value = option.lang = tag;
    return option;
  });
  language.replaceChildren(own, ...names);
  language.value = await chosen();
}

const language = /** @type {HTMLSelectElement} */ (element("language"));
let say = await speak((anew) => {
  say = anew;
  element("said").textContent = "";
  document.title = say("settingsTitle");
  offerLanguages();
  check();
});
document.title = say("settingsTitle");
language.addEventListener("change", () => choose(language.value));
await offerLanguages();
const hear = watch(check);
check();
