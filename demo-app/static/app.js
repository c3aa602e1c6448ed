// The page's behaviour: sign in, read, sign, sign out; and what happens when the card goes.

import { connect } from "/sdk/dist/index.js";
import * as backend from "./backend.js";
import { showDetail } from "./detail.js";
import { announce, byId } from "./dom.js";
import { signNote } from "./note.js";
import { readPrescription } from "./prescription.js";
import { reasonFor } from "./reasons.js";
import { canSign, setChip, showError, showList, showSignedOut, showState, showUser } from "./view.js";
import { watch } from "./watch.js";

// Counts up whenever somebody signs in or out: work begun before is dropped when it comes back.
let epoch = 0;
let connecting = null;
let prescriptions = [];
let openId = null;
// Whether there is a ticket, from then on until somebody signs out.
let holdsTicket = false;
let stopWatching = () => {};

const testing = new URLSearchParams(location.search).has("test");
// For tests and for measuring: what happened when, in milliseconds since the page was opened.
window.wardkeyDemo = { log: [] };

function log(event) {
  window.wardkeyDemo.log.push({ event, at: performance.now() });
}

/** The connection to the extension; made once, and again after it failed. */
function wardkey() {
  connecting ??= openPort().catch((error) => {
    connecting = null;
    throw error;
  });
  return connecting;
}

/** Lets a broken connection go, so that nothing is heard twice. */
function startAfresh() {
  connecting?.then((port) => port.close(), () => {});
  connecting = null;
}

async function openPort() {
  const port = await connect();
  port.on("card_removed", (data) => leave(reasonFor("card_removed", data), "card_removed"));
  port.on("session_locked", (data) => leave(reasonFor("session_locked", data), "session_locked"));
  port.on("session_ended", (data) => leave(reasonFor("session_ended", data), "session_ended"));
  port.on("session_changed", (data) => {
    if (data?.state && data.state !== "active") leave(changeReason(data), "session_changed");
  });
  return port;
}

const changeReason = (data) =>
  reasonFor(data.cause === "user_changed" ? "user_changed" : `session_${data.state}`, data);

async function signIn() {
  if (document.documentElement.dataset.state === "signing-in") return;
  const mine = ++epoch;
  log("sign_in_clicked");
  showError(null);
  showState("signing-in");
  announce("Waiting for your card and passcode.");
  try {
    const port = await wardkey();
    const { ticket } = await port.signIn();
    holdsTicket = true;
    log("ticket_received");
    if (testing) window.wardkeyDemo.ticket = ticket;
    const session = await backend.openSession(ticket);
    // The card may have gone in the meantime.
    if (mine === epoch) await enter(session, mine);
    else await backend.closeSession();
  } catch (error) {
    if (mine !== epoch) return;
    holdsTicket = false;
    delete window.wardkeyDemo.ticket;
    showState("signed-out");
    fail(error);
    byId("sign-in").focus();
  }
}

async function enter(session, mine) {
  const listed = (await backend.listPrescriptions()).prescriptions;
  const read = await Promise.all(
    listed.map(async ({ id, status, report }) => {
      const octets = await backend.prescriptionXml(id);
      return { id, status, report, octets, ticked: false, reason: null, view: readPrescription(octets) };
    }),
  );
  if (mine !== epoch) return;
  holdsTicket = true;
  prescriptions = read;
  openId = null;
  showUser(session);
  drawList();
  setChip(byId("note-status"), "unsigned");
  showState("signed-in");
  log("signed_in");
  announce(`Signed in as ${session.user.name}.`);
  byId("list-title").focus();
  stopWatching();
  stopWatching = watch({
    ended: fail,
    unconfirmed: () => leave(reasonFor("identity_unreachable"), "session_unconfirmed"),
  });
}

/** Shows the signed-out screen at once; the backend is told afterwards. */
function leave(reason, event) {
  log(event);
  if (!holdsTicket) return;
  holdsTicket = false;
  epoch += 1;
  stopWatching();
  prescriptions = [];
  openId = null;
  delete window.wardkeyDemo.ticket;
  showError(null);
  showSignedOut(reason);
  log("signed_out_shown");
  backend.closeSession().catch(() => {});
}

async function signOut() {
  leave(reasonFor("signed_out"), "sign_out_clicked");
  try {
    await (await wardkey()).signOut();
    log("signed_out");
  } catch (error) {
    fail(error);
  }
}

async function signSelected() {
  const chosen = prescriptions.filter((entry) => entry.ticked && canSign(entry));
  if (chosen.length === 0) return;
  const mine = epoch;
  log("sign_clicked");
  showError(null);
  for (const entry of chosen) Object.assign(entry, { status: "waiting", reason: null, report: null, ticked: false });
  redraw();
  announce(`Waiting for your card and passcode to sign ${chosen.length}.`);
  try {
    // What is signed is what is shown: the document with the time of signing is read once more.
    for (const entry of chosen) {
      const octets = await backend.preparePrescription(entry.id);
      Object.assign(entry, { octets, view: readPrescription(octets) });
    }
    const { results } = await (await wardkey()).sign({
      format: "eps",
      documents: chosen.map(({ id, view, octets }) => ({
        id,
        name: `Prescription for ${view.patient.name}`,
        mediaType: "application/xml",
        content: octets,
      })),
    });
    log("signatures_received");
    for (const entry of chosen) {
      const result = results.find(({ id }) => id === entry.id);
      if (mine === epoch) await settle(entry, result, mine);
    }
    if (mine !== epoch) return;
    const good = chosen.filter(({ status }) => status === "verified").length;
    announce(`${good} of ${chosen.length} signed and verified.`);
    log("signing_done");
  } catch (error) {
    if (mine !== epoch) return;
    // Nobody did anything wrong who cancels: the prescription is as it was.
    const status = error.code === "user_cancelled" ? "unsigned" : "failed";
    for (const entry of chosen.filter((entry) => entry.status === "waiting")) {
      Object.assign(entry, { status, reason: status === "failed" ? error.message : null });
    }
    redraw();
    fail(error);
  }
}

async function settle(entry, result, mine) {
  if (!result?.signature) {
    const reason = result?.error?.message ?? "The card gave no signature.";
    Object.assign(entry, { status: "failed", reason });
  } else {
    const { status, reason, report } = await backend.storeSignature(entry.id, result.signature);
    Object.assign(entry, { status, reason, report });
    log(`${status}:${entry.id}`);
  }
  if (mine === epoch) redraw();
}

function redraw() {
  drawList();
  const open = prescriptions.find(({ id }) => id === openId);
  if (open) showDetail(open);
}

function drawList() {
  showList(prescriptions, openId, {
    open(id) {
      openId = id;
      redraw();
      byId("patient-name").focus();
    },
    toggle(id, ticked) {
      prescriptions.find((entry) => entry.id === id).ticked = ticked;
      drawList();
    },
  });
}

function fail(error) {
  if (error instanceof backend.SignedOut) {
    leave(reasonFor(error.message), "session_refused");
    return;
  }
  if (BROKEN.includes(error.code)) startAfresh();
  log(`error:${error.code ?? "internal"}`);
  showError({
    code: error.code ?? "internal",
    message: error.message || "Something went wrong.",
    remedy: error.remedy ?? "Try again; if it stays so, tell the service desk.",
  });
}

byId("sign-in").addEventListener("click", signIn);
byId("sign-out").addEventListener("click", signOut);
byId("sign-selected").addEventListener("click", signSelected);
byId("select-all").addEventListener("change", ({ target }) => {
  for (const entry of prescriptions.filter(canSign)) entry.ticked = target.checked;
  drawList();
});
byId("sign-note").addEventListener("click", () => {
  const mine = epoch;
  signNote({ port: wardkey, log, fail, current: () => mine === epoch });
});

async function start() {
  setChip(byId("note-status"), "unsigned");
  // A reload keeps the app's own session, if the Identity Server still knows it.
  const mine = epoch;
  try {
    const session = await backend.currentSession();
    if (mine === epoch) await enter(session, mine);
  } catch (error) {
    if (!(error instanceof backend.SignedOut)) fail(error);
  }
  // What is missing on this computer is said before somebody tries.
  await wardkey().catch(fail);
  log("page_ready");
}
// After these the next call connects anew.
const BROKEN = ["agent_unreachable", "extension_missing", "host_missing"];

start();
