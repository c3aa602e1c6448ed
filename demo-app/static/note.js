// The ward note: a bare signature over a text whose content the signing window does not show.

import * as backend from "./backend.js";
import { reportView } from "./detail.js";
import { announce, byId } from "./dom.js";
import { setChip, showError } from "./view.js";

/** Signs the note as it stands; `current()` says whether the same person is still signed in. */
export async function signNote({ port, log, fail, current }) {
  const chip = byId("note-status");
  const content = new TextEncoder().encode(byId("note").value);
  log("sign_note_clicked");
  showError(null);
  busy(true);
  byId("note-report").replaceChildren();
  setChip(chip, "waiting");
  announce("Waiting for your card and passcode to sign the note.");
  try {
    const wardkey = await port();
    const { certificate, results } = await wardkey.sign({
      format: "raw",
      documents: [{ id: "note", name: "Ward note", mediaType: "text/plain", content }],
    });
    const [result] = results;
    if (!result?.signature) throw result?.error ?? new Error("The card gave no signature.");
    const { signature, algorithm } = result;
    const answer = await backend.storeNote({ content, certificate, signature, algorithm });
    if (!current()) return;
    setChip(chip, answer.status, answer.reason);
    byId("note-report").replaceChildren(reportView(answer.report));
    log(`${answer.status}:note`);
    announce(answer.status === "verified" ? "Note signed and verified." : "The note's signature was refused.");
  } catch (error) {
    if (!current()) return;
    const cancelled = error.code === "user_cancelled";
    setChip(chip, cancelled ? "unsigned" : "failed", cancelled ? null : error.message);
    fail(error);
  } finally {
    busy(false);
  }
}

function busy(yes) {
  byId("sign-note").disabled = yes;
  byId("note").readOnly = yes;
}

byId("note").addEventListener("input", () => {
  // The signature was over what stood there before.
  setChip(byId("note-status"), "unsigned");
  byId("note-report").replaceChildren();
});
