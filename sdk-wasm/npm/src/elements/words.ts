import { LANGUAGES } from "./languages.js";

/** What the elements say, in one language. */
export interface Words {
  ask_again: string;
  cancel: string;
  change_role: string;
  extension_link: string;
  follow_window: string;
  host_link: string;
  left: (minutes: number) => string;
  locked: string;
  looking: string;
  nobody: string;
  reload: string;
  sign: (documents: number) => string;
  sign_in: string;
  sign_out: string;
  signed: (done: number, total: number) => string;
  signed_in: string;
  signed_in_as: (name: string) => string;
  suspended: string;
  try_again: string;
  unknown: string;
  unknown_remedy: string;
  unlock: string;
  unsigned: (failed: number, total: number) => string;
  /** For a code what happened, and what to do; for the others the error's own English is shown. */
  errors: Readonly<Record<string, readonly [string, string]>>;
}

/**
 * Replaces words of a language (BCP 47), or adds one; what a new one lacks is said as its tag without
 * the last part has it, or else in English.
 */
export function setWords(language: string, words: Partial<Words>): void {
  const [, base] = wordsFor(language);
  BY_LANGUAGE[language.toLowerCase()] = { ...base, ...words };
  CHANGES.dispatchEvent(new Event("words"));
}

/** Calls back whenever words are replaced or added, until the signal. */
export function onWords(callback: () => void, signal: AbortSignal): void {
  CHANGES.addEventListener("words", callback, { signal });
}

/** The words for a language tag (BCP 47), and the language that they are in. */
export function wordsFor(tag: string): [language: string, words: Words] {
  const subtags = tag.toLowerCase().split("-");
  for (; subtags.length > 0; subtags.pop()) {
    const language = subtags.join("-");
    const words = BY_LANGUAGE[language];
    if (words) return [language, words];
  }
  return ["en", EN];
}

/** A language as its file has it. */
export interface Table {
  /** `{0}` and `{1}` are put in; one that depends on a number has a form for each single number that needs
   * one, and one for all `other`. */
  texts: Readonly<Record<Exclude<keyof Words, "errors">, string | Forms>>;
  errors: Readonly<Record<string, readonly string[]>>;
}

type Forms = Readonly<Record<string, string>>;

function wordsOf({ texts, errors }: Table): Words {
  const said = Object.entries(texts).map(([name, text]) => [
    name,
    PUT_IN.has(name) ? (...values: (string | number)[]) => put(text, values) : text,
  ]);
  return { ...Object.fromEntries(said), errors };
}

function put(text: string | Forms, values: (string | number)[]): string {
  const form = typeof text === "string" ? text : (text[String(values[0])] ?? text.other ?? "");
  return form.replace(/\{(\d)\}/g, (_, place) => String(values[Number(place)] ?? ""));
}

const PUT_IN: ReadonlySet<string> = new Set<keyof Words>([
  "left",
  "sign",
  "signed",
  "signed_in_as",
  "unsigned",
]);

const CHANGES = new EventTarget();
const BY_LANGUAGE: Record<string, Words> = Object.fromEntries(
  Object.entries(LANGUAGES).map(([tag, table]) => [tag, wordsOf(table)]),
);
const EN = wordsOf(LANGUAGES.en as Table);
