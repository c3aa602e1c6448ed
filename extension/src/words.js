// The words of the extension's own pages, in the user's language: a file for each in `languages/` of
// the repository. What the agent says of an error, and the doctor of a finding, is replaced by what the
// language has for its code; else it stays English.

import { ALL } from "./words/all.js";

/** @typedef {import("../../crates/protocol/bindings/protocol.d.ts").Fault} Fault */
/** @typedef {import("../../crates/protocol/bindings/protocol.d.ts").Finding} Finding */
/** @typedef {keyof typeof ALL.en.words} Word */
/** @typedef {(word: Word, ...values: (string | number)[]) => string} Say */
/** @typedef {Record<Word, string | Record<string, string>>} Table */
/** @typedef {Record<string, string[]>} Explained what is, and what to do about it, by code */

/** @type {Record<string, { words: Table, errors: Explained, findings: Explained }>} */
const BY_TAG = ALL;

/** Every language, by its tag; the first has every text. */
export const LANGUAGES = Object.fromEntries(Object.entries(BY_TAG).map(([tag, { words }]) => [tag, words]));

/**
 * Says things in a language. A text that depends on a number has a form for each single number that
 * needs one, and one for all `other`; the number comes first.
 *
 * @param {string} tag
 * @returns {Say}
 */
export function sayingIn(tag) {
  return (word, ...values) => {
    const said = LANGUAGES[tag]?.[word] ?? ALL.en.words[word];
    const text = typeof said === "string" ? said : (said[String(values[0])] ?? said.other ?? "");
    return text.replace(/\{(\d)\}/g, (_, place) => String(values[Number(place)] ?? ""));
  };
}

/**
 * An error in a language.
 *
 * @param {string} tag
 * @param {Pick<Fault, "code" | "message" | "remedy">} fault
 */
export function faultIn(tag, { code, message, remedy }) {
  const [own, ownRemedy] = BY_TAG[tag]?.errors[code] ?? [];
  return { message: own ?? message, remedy: ownRemedy ?? remedy };
}

/**
 * A finding in a language; of one that the page made of an error, by the error's code.
 *
 * @param {string} tag
 * @param {Pick<Finding, "code" | "found" | "remedy">} finding
 */
export function findingIn(tag, { code, found, remedy }) {
  const language = BY_TAG[tag];
  const [own, ownRemedy] = language?.findings[code] ?? language?.errors[code] ?? [];
  return { found: own ?? found, remedy: ownRemedy ?? remedy };
}

/** The tag that the user chose; "" for the browser's own. */
export async function chosen() {
  const { language } = await chrome.storage.local.get("language");
  return typeof language === "string" && language in LANGUAGES ? language : "";
}

/** @param {string} tag "" for the browser's own */
export async function choose(tag) {
  await chrome.storage.local.set({ language: tag });
}

/** The tag of the language that is spoken. */
export async function spoken() {
  const own = chrome.i18n.getUILanguage().split("-")[0]?.toLowerCase() ?? "en";
  return (await chosen()) || (own in LANGUAGES ? own : "en");
}

/**
 * Puts a page's words into it, now and whenever the user chooses another language.
 *
 * @param {(say: Say) => void} [then] what else is to be said
 * @returns {Promise<Say>}
 */
export async function speak(then = () => {}) {
  chrome.storage.onChanged.addListener(async (changes, area) => {
    if (area === "local" && "language" in changes) then(put(await spoken()));
  });
  return put(await spoken());
}

/** @param {string} tag */
function put(tag) {
  const say = sayingIn(tag);
  document.documentElement.lang = tag;
  for (const one of document.querySelectorAll("[data-say]")) {
    one.textContent = say(word(one, "data-say"));
  }
  for (const one of document.querySelectorAll("[data-label]")) {
    one.ariaLabel = say(word(one, "data-label"));
  }
  return say;
}

/**
 * @param {Element} one
 * @param {string} attribute
 */
function word(one, attribute) {
  return /** @type {Word} */ (one.getAttribute(attribute));
}
