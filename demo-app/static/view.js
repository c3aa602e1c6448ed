// What the page shows. Nothing here calls the card or the backend.

import { announce, byId, element, icon } from "./dom.js";

/** Shows the one of `signed-out`, `signing-in`, `signed-in` that the page is in. */
export function showState(state) {
  if (state !== "signed-out") document.documentElement.removeAttribute("data-interrupted");
  document.documentElement.dataset.state = state;
  byId("signed-out").hidden = state === "signed-in";
  byId("signed-in").hidden = state !== "signed-in";
  byId("user").hidden = state !== "signed-in";
  byId("sign-in-progress").hidden = state !== "signing-in";
  byId("sign-in").setAttribute("aria-busy", String(state === "signing-in"));
  document.title = state === "signed-in" ? "Prescriptions to sign – Meadow Ward" : SIGNED_OUT_TITLE;
}

/** Removes everything about people from the page, and says why when there is a reason. */
export function showSignedOut(reason) {
  for (const id of ["prescriptions", "detail-body", "note-report", "user-name", "user-role", "user-organisation"]) {
    byId(id).replaceChildren();
  }
  byId("detail-body").hidden = true;
  byId("detail-empty").hidden = false;
  byId("note").value = byId("note").defaultValue;
  byId("reason").hidden = !reason;
  byId("reason-title").textContent = reason?.title ?? "";
  byId("signed-out-reason").textContent = reason?.text ?? "";
  byId("sign-in-label").textContent = reason ? "Sign in again with smartcard" : "Sign in with smartcard";
  showState("signed-out");
  document.documentElement.toggleAttribute("data-interrupted", Boolean(reason?.interrupted));
  if (!reason) return;
  document.title = `${reason.title} – Meadow Ward`;
  announce(`${reason.title}. ${reason.text}`);
  scrollTo(0, 0);
  byId("reason-title").focus();
}

export function showUser({ user, role, organisation }) {
  byId("user-name").textContent = user.name;
  byId("user-role").textContent = role;
  byId("user-organisation").textContent = organisation;
}

/** Shows what went wrong, what to do and the code; `null` clears it. */
export function showError(error) {
  const box = byId("error");
  box.hidden = !error;
  if (!error) {
    delete box.dataset.code;
    return;
  }
  box.dataset.code = error.code;
  byId("error-title").textContent = error.message;
  byId("error-remedy").textContent = error.remedy ?? "";
  byId("error-code").textContent = error.code;
  box.scrollIntoView({ block: "nearest" });
}

/** Draws the list anew; `on` has `open(id)` and `toggle(id, ticked)`. */
export function showList(prescriptions, openId, on) {
  const focused = document.activeElement?.dataset?.key;
  byId("prescriptions").replaceChildren(
    ...prescriptions.map((entry) => listEntry(entry, entry.id === openId, on)),
  );
  if (focused) document.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  const ticked = prescriptions.filter((entry) => entry.ticked).length;
  const open = prescriptions.filter(canSign);
  const busy = prescriptions.some((entry) => entry.status === "waiting");
  byId("sign-selected").disabled = ticked === 0 || busy;
  byId("sign-selected-label").textContent = ticked ? `Sign selected (${ticked})` : "Sign selected";
  byId("select-all").disabled = open.length === 0 || busy;
  byId("select-all").checked = open.length > 0 && ticked === open.length;
  byId("select-all").indeterminate = ticked > 0 && ticked < open.length;
}

/** Whether a prescription can still be signed. */
export const canSign = ({ status }) => status === "unsigned" || status === "failed";

function listEntry(entry, open, on) {
  const { id, status, view } = entry;
  const medicines = view.items.map((item) => item.medicine).join("; ");
  const box = element("input", {
    type: "checkbox",
    "data-key": `tick-${id}`,
    "aria-label": `Select prescription for ${view.patient.name}`,
    disabled: !canSign(entry),
    onchange: (event) => on.toggle(id, event.target.checked),
  });
  box.checked = entry.ticked;
  const link = element(
    "button",
    {
      type: "button",
      class: "button-link",
      "data-key": `open-${id}`,
      "aria-current": open ? "true" : null,
      onclick: () => on.open(id),
    },
    view.patient.name,
  );
  return element(
    "li",
    { class: "prescription", "data-prescription": id, "data-status": status, "data-open": String(open) },
    element("div", { class: "tick" }, box),
    element(
      "div",
      { class: "prescription-facts" },
      element("h2", { class: "entry-name" }, link),
      element(
        "p",
        { class: "small identifiers" },
        element("span", {}, `Born ${view.patient.born}`),
        " ",
        element("span", {}, `NHS No. ${view.patient.number}`),
      ),
      element("p", {}, medicines),
    ),
    statusChip(status, entry.reason),
  );
}

/** Icon and words of a status: `unsigned`, `waiting`, `verified` or `failed`. */
export function statusChip(status, reason) {
  return element("div", { class: "chip", "data-status": status }, ...chipParts(status, reason));
}

/** Sets a chip that is in the page already. */
export function setChip(chip, status, reason) {
  chip.dataset.status = status;
  chip.replaceChildren(...chipParts(status, reason));
}

function chipParts(status, reason) {
  const words = STATUS_WORDS[status];
  return [icon(status), element("span", {}, reason ? `${words}: ${reason}` : words)];
}

const STATUS_WORDS = {
  unsigned: "Not signed",
  waiting: "Waiting for your card…",
  verified: "Signed and verified",
  failed: "Failed",
};
const SIGNED_OUT_TITLE = "Sign in – Meadow Ward";
