// One prescription and what its signature's checks found.

import { byId, element, icon } from "./dom.js";
import { statusChip } from "./view.js";

/** Shows a prescription beside the list. */
export function showDetail({ view, status, reason, report }) {
  const { patient, items, prescriber } = view;
  byId("detail-empty").hidden = true;
  const body = byId("detail-body");
  body.hidden = false;
  body.replaceChildren(
    element(
      "div",
      { class: "patient", role: "group", "aria-label": "Patient" },
      element("h2", { id: "patient-name", tabindex: "-1" }, patient.name),
      facts([
        ["Born", `${patient.born} (${patient.age})`],
        ["Gender", patient.gender],
        ["NHS No.", patient.number],
      ]),
      facts([["Address", patient.address]]),
    ),
    element("h3", {}, items.length === 1 ? "1 medicine" : `${items.length} medicines`),
    element(
      "ul",
      { class: "medicines" },
      ...items.map((item) =>
        element(
          "li",
          {},
          element("b", {}, item.medicine),
          element("span", {}, item.dose),
          element("span", { class: "small" }, `Quantity: ${item.quantity}`),
        ),
      ),
    ),
    facts([["Prescriber", prescriber]]),
    statusChip(status, reason),
    report ? reportView(report) : "",
  );
}

/** Who signed, when, and each check by name. */
export function reportView({ signer, claimedTime, checkedAt, checks }) {
  const passed = checks.filter((check) => check.passed).length;
  return element(
    "div",
    { class: "report" },
    facts([
      ...(signer ? [["Signer", signerName(signer)]] : []),
      ...(claimedTime ? [["Signed", showTime(claimedTime)]] : []),
      ["Checked", showTime(checkedAt)],
    ]),
    element(
      "details",
      { open: passed < checks.length },
      element("summary", {}, `Checks: ${passed} of ${checks.length} passed`),
      element("ul", { class: "checks" }, ...checks.map(checkView)),
    ),
  );
}

/** `555000000101_Amira_Okafor` is Amira Okafor, 555000000101. */
function signerName({ commonName, userId }) {
  const name = commonName.split("_").slice(1).join(" ");
  return userId && name ? `${name} (${userId})` : commonName;
}

function checkView({ name, passed, detail }) {
  // `signerIsUser` → `Signer is user`, where there are no better words.
  const spelled = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const label = CHECKS[name] ?? spelled[0].toUpperCase() + spelled.slice(1);
  return element(
    "li",
    { "data-check": name, "data-passed": String(passed) },
    icon(passed ? "verified" : "failed"),
    element("span", {}, `${label}: `, element("b", {}, passed ? "passed" : "failed")),
    detail ? element("span", { class: "small" }, detail) : "",
  );
}

function facts(pairs) {
  return element(
    "dl",
    { class: "facts" },
    ...pairs.map(([term, value]) =>
      element("div", {}, element("dt", { class: "whole" }, term), element("dd", {}, value)),
    ),
  );
}

/** Local day and time of an RFC 3339 text. */
function showTime(text) {
  return new Date(text).toLocaleString("en-GB", {
    day: "2-digit",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
}

const CHECKS = {
  algorithm: "Algorithm is strong enough",
  certificate: "Certificate can be read",
  content: "Signature is over this prescription",
  document: "Text is not another format’s signing input",
  format: "Signature has the right form",
  oneCertificate: "One certificate",
  policy: "Certificate policy",
  revocation: "Certificate is not revoked",
  signature: "Signature holds",
  signer: "Signer is the prescriber",
  signerIsUser: "Signer is the person signed in",
  signingTime: "Time of signing",
  trust: "Certificate is from a trusted authority",
  usage: "Certificate is for content commitment",
  validity: "Certificate was valid when signed",
};
