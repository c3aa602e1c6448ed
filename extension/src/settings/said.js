// What the settings say of grants, without a page to say it on.

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Capability} Capability */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").Granted} Granted */
/** @typedef {import("../words.js").Say} Say */
/** @typedef {import("../words.js").Word} Word */

/**
 * What a site may do.
 *
 * @param {Capability} capability
 * @param {Say} say
 */
export function wordOf(capability, say) {
  const word = WORDS[capability];
  return word ? say(word) : say("letElse", capability);
}

/**
 * By whom.
 *
 * @param {Granted} granted
 * @param {Say} say
 * @param {string} language
 */
export function byOf({ by, uid, since }, say, language) {
  if (by === "policy") return say("byPolicy");
  if (!uid || !since) return say("byYou");
  const day = new Date(since * 1000).toLocaleDateString(language, { dateStyle: "long" });
  return say("byYouOn", uid, day);
}

/** @type {Record<Capability, Word>} */
const WORDS = {
  authenticate: "letAuthenticate",
  authorize: "letAuthorize",
  sign: "letSign",
  sign_content_not_shown: "letSignUnseen",
  sign_in: "letSignIn",
  signing_certificate: "letCertificate",
  ticket: "letTicket",
  user_details: "letUser",
};
