// The words of the extension's own pages, in the user's language: a table for each in `words/`.
// What the agent says of errors and the doctor's findings come from there, in English.

import cy from "./words/cy.js";
import en from "./words/en.js";

/** @typedef {keyof typeof en} Word */
/** @typedef {(word: Word, ...values: (string | number)[]) => string} Say */

/** Every language, by its tag; the first has every text.
 * @type {Record<string, Record<Word, string | Record<string, string>>>} */
export const LANGUAGES = { en, cy };

/**
 * Says things in a language. A text that depends on a number has a form for each single number that
 * needs one, and one for all `other`; the number comes first.
 *
 * @param {string} tag
 * @returns {Say}
 */
export function sayingIn(tag) {
  return (word, ...values) => {
    const said = LANGUAGES[tag]?.[word] ?? en[word];
    const text = typeof said === "string" ? said : (said[String(values[0])] ?? said.other ?? "");
    return text.replace(/\{(\d)\}/g, (_, place) => String(values[Number(place)] ?? ""));
  };
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
