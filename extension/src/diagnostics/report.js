// What is said of findings, without a page to say it on.

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Finding} Finding */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").FindingState} FindingState */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").FindingSubject} FindingSubject */
/** @typedef {import("../words.js").Say} Say */
/** @typedef {import("../words.js").Word} Word */

/**
 * The worst state among findings, and what is said of all of them.
 *
 * @param {Finding[]} findings
 * @param {Say} say
 * @returns {{ state: FindingState, sentence: string }}
 */
export function summaryOf(findings, say) {
  const count = (/** @type {FindingState} */ state) =>
    findings.filter((finding) => finding.state === state).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  if (problems > 0) {
    const sentences = [say("reportProblems", problems)];
    if (warnings > 0) sentences.push(say("reportAlso", warnings));
    return { state: "problem", sentence: sentences.join(" ") };
  }
  if (warnings > 0) return { state: "warning", sentence: say("reportWarnings", warnings) };
  return { state: "ok", sentence: say("reportOk") };
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

/**
 * @param {Exclude<FindingState, "ok">} state
 * @param {Say} say
 */
export function wordOf(state, say) {
  return say(state === "problem" ? "reportProblem" : "reportWarning");
}

/**
 * @param {FindingSubject} subject
 * @param {Say} say
 */
export function nameOf(subject, say) {
  const word = SUBJECTS[subject];
  return word ? say(word) : subject;
}

/** @type {Record<FindingSubject, Word>} */
const SUBJECTS = {
  browser: "subjectBrowser",
  extension: "subjectExtension",
  manifest: "subjectManifest",
  host: "subjectHost",
  agent: "subjectAgent",
  policy: "subjectPolicy",
  program: "subjectProgram",
  reader_service: "subjectReaderService",
  reader: "subjectReader",
  module: "subjectModule",
  card: "subjectCard",
  certificate: "subjectCertificate",
  remote: "subjectRemote",
  server: "subjectServer",
  tls: "subjectTls",
  clock: "subjectClock",
};
