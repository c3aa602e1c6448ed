// How things stand: who is signed in, until when, with which card, and which apps are connected;
// or what to do where nothing works. It changes by itself.

import { ask, status, watch } from "../agent.js";
import { button, element, make, onPress, renew } from "../elements.js";
import { sayWhomToAsk } from "../service-desk.js";
import { faultIn, speak } from "../words.js";
import { barOf, cardOf, leftOf } from "./said.js";

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").AppOverview} AppOverview */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Fault} Fault */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Overview} Overview */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").SessionOverview} SessionOverview */

/** What this agent may be asked. @type {string[]} */
let known = [];
/** Counts the questions, so that a late answer does not replace a newer one. */
let asked = 0;
/** What went wrong with what the user last did. @type {string | undefined} */
let failed;

async function check() {
  asked += 1;
  const mine = asked;
  const at = await status();
  const answer = "fault" in at ? at : await /** @type {typeof ask<Overview>} */ (ask)("overview");
  if (mine !== asked) return;
  hear();
  if ("welcome" in at) known = at.welcome.own ?? [];
  if ("fault" in answer) await showFault(answer.fault);
  else show(answer.ok);
}

/** @param {Overview} now */
function show(now) {
  element("fault").hidden = true;
  const active = now.sessions.some(({ state }) => state === "active");
  document.body.dataset.state = active ? "ready" : "signed-out";
  element("state").textContent = say(active ? "ready" : "signedOut");
  keepFocus(() => renew(element("sessions"), now.sessions.map(session)));
  element("card").hidden = false;
  element("card-text").textContent = cardOf(now.readers, say);
  const present = now.readers.some(({ cardPresent }) => cardPresent);
  element("passcode").hidden = !present || !known.includes("change_passcode");
  element("failed").textContent = failed ?? "";
  element("apps").hidden = false;
  const apps = now.apps.filter(({ admitted }) => admitted).map(app);
  renew(element("apps-list"), apps.length ? apps : [make("li", "role", say("appsNone"))]);
}

/** @param {Fault} fault */
async function showFault(fault) {
  for (const id of ["card", "apps"]) element(id).hidden = true;
  renew(element("sessions"), []);
  document.body.dataset.state = "fault";
  element("state").textContent = say("notWorking");
  const { message, remedy } = faultIn(document.documentElement.lang, fault);
  element("message").textContent = message;
  element("remedy").textContent = remedy;
  const reason = fault.details?.reason;
  element("code").textContent = [fault.code, reason].filter(Boolean).join(": ");
  await sayWhomToAsk();
  element("fault").hidden = false;
}

/** @param {SessionOverview} it */
function session(it) {
  const box = make("section", "session");
  box.dataset.session = it.id;
  box.dataset.state = it.state;
  const active = it.state === "active";
  if (it.user) {
    box.append(make("p", "name", it.user.name));
    const { role } = it.user;
    if (role) box.append(make("p", "role", `${role.name}, ${role.organisation}`));
  } else {
    box.append(make("p", "name", say("sessionWaits")), make("p", "role", say("unlocks")));
  }
  box.append(make("p", "at", say("signedInAt", it.server)), left(it));
  const actions = make("div", "actions");
  const act = (/** @type {"select_role" | "sign_out"} */ command) => () =>
    acts(command, { session: it.id });
  if (active && (it.user?.roles.length ?? 0) > 1) {
    actions.append(button(say("switchRole"), act("select_role"), "switch-role"));
  }
  actions.append(button(say("signOut"), act("sign_out"), "sign-out"));
  box.append(actions);
  return box;
}

/** The time left, as a bar and in words. @param {SessionOverview} it */
function left(it) {
  const line = make("p", "left");
  const { share, short } = barOf(it);
  const bar = make("span", short ? "bar short" : "bar");
  bar.ariaHidden = "true";
  const filled = make("span");
  filled.style.width = `${share}%`;
  bar.append(filled);
  line.append(bar, make("span", "", leftOf(it, say)));
  return line;
}

/** @param {AppOverview} it */
function app({ name, documents, signedIn }) {
  const row = make("li", "app");
  row.append(make("span", "", name), make("span", "much", say("documents", documents)));
  if (signedIn) row.append(make("span", "in", say("signedIn")));
  return row;
}

/**
 * @param {string} command
 * @param {Record<string, unknown>} [args]
 */
async function acts(command, args) {
  const answer = await ask(command, args);
  const cancelled = "fault" in answer && answer.fault.code === "user_cancelled";
  failed = undefined;
  if ("fault" in answer && !cancelled) {
    const { message, remedy } = faultIn(document.documentElement.lang, answer.fault);
    failed = `${message} ${remedy}`;
  }
  await check();
}

/** What is made anew has the focus that its like had. @param {() => void} change */
function keepFocus(change) {
  const before = document.activeElement;
  const box = before?.closest("[data-session]");
  const type = before?.className;
  change();
  if (!(box instanceof HTMLElement) || !type) return;
  const again = document.querySelector(`[data-session="${CSS.escape(box.dataset.session ?? "")}"] button.${type}`);
  if (again instanceof HTMLElement) again.focus();
}

/** Milliseconds. */
const TICK = 20_000;

const say = await speak();
element("state").textContent = say("checkingNow");
onPress(element("again"), check);
onPress(element("passcode"), () => acts("change_passcode"));
const hear = watch(check);
// The time that is left goes by; whatever else changes is told.
setInterval(check, TICK);
check();
