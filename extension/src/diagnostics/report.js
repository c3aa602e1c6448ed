// What is said of findings, without a page to say it on.

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Finding} Finding */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").FindingState} FindingState */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").FindingSubject} FindingSubject */

/**
 * The worst state among findings, and one sentence on all of them.
 *
 * @param {Finding[]} findings
 * @returns {{ state: FindingState, sentence: string }}
 */
export function summaryOf(findings) {
  const count = (/** @type {FindingState} */ state) =>
    findings.filter((finding) => finding.state === state).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  const parts = [counted(problems, "problem"), counted(warnings, "warning")].filter(Boolean);
  if (problems > 0) return { state: "problem", sentence: `${parts.join(" and ")} found.` };
  if (warnings > 0) return { state: "warning", sentence: `It works, with ${parts[0]}.` };
  return { state: "ok", sentence: "Everything works." };
}

/**
 * The report as text, for whoever helps.
 *
 * @param {Finding[]} findings
 * @param {string[]} head lines before it
 */
export function textOf(findings, head) {
  const lines = findings.flatMap(({ code, state, found, remedy, details }) => {
    const mark = state === "problem" ? "PROBLEM" : state;
    const told = [`${mark.padEnd(8)} ${code.padEnd(26)} ${found}`];
    if (remedy) told.push(`${" ".repeat(35)} → ${remedy}`);
    if (details && Object.keys(details).length > 0 && state !== "ok") {
      told.push(`${" ".repeat(35)}   ${JSON.stringify(details)}`);
    }
    return told;
  });
  return `${[...head, ...lines].join("\n")}\n`;
}

/**
 * In the order of the road from the browser to the server.
 *
 * @param {Finding[]} findings
 */
export function inOrder(findings) {
  const order = Object.keys(SUBJECTS);
  const place = (/** @type {Finding} */ { subject }) => order.indexOf(subject);
  return [...findings].sort((one, other) => place(one) - place(other));
}

/**
 * A sentence in parts: every second one is what is to be typed, or stands in a file.
 *
 * @param {string} sentence
 */
export function partsOf(sentence) {
  return sentence.split("`");
}

/** @param {FindingState} state */
export function wordOf(state) {
  return { ok: "Works", warning: "Warning", problem: "Problem" }[state];
}

/** @param {FindingSubject} subject */
export function nameOf(subject) {
  return SUBJECTS[subject] ?? subject;
}

/**
 * @param {number} count
 * @param {string} what
 */
function counted(count, what) {
  if (count === 0) return "";
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

/** @type {Record<FindingSubject, string>} */
const SUBJECTS = {
  browser: "Browser",
  extension: "Extension",
  manifest: "Registration",
  host: "Host program",
  agent: "Agent",
  policy: "Policy",
  program: "Programs",
  reader_service: "Card service",
  reader: "Readers",
  module: "Card software",
  card: "Cards",
  certificate: "Certificates",
  remote: "Signing services",
  server: "Identity Server",
  tls: "TLS",
  clock: "Clock",
};
