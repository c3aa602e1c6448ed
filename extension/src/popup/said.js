// What the popup says, without a page to say it on.

/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").ReaderView} ReaderView */
/** @typedef {import("../../../crates/protocol/bindings/protocol.d.ts").SessionOverview} SessionOverview */
/** @typedef {import("../words.js").Say} Say */

/**
 * Where there is a card.
 *
 * @param {ReaderView[]} readers
 * @param {Say} say
 */
export function cardOf(readers, say) {
  if (readers.length === 0) return say("readerNone");
  const full = readers.filter(({ cardPresent }) => cardPresent).map(({ name }) => name);
  return full.length ? say("cardIn", full.join(", ")) : say("cardNone");
}

/**
 * How long a session goes on: at the most, or until it locks for want of use where that is sooner.
 *
 * @param {SessionOverview} session
 * @param {Say} say
 */
export function leftOf({ expiresInSeconds, locksInSeconds }, say) {
  if (locksInSeconds !== undefined && locksInSeconds < expiresInSeconds) {
    return say("locksIn", Math.ceil(locksInSeconds / 60));
  }
  const minutes = Math.floor(expiresInSeconds / 60);
  if (minutes < 1) return say("lessThanMinute");
  if (minutes < 60) return say("minutes", minutes);
  return say("hoursMinutes", Math.floor(minutes / 60), minutes % 60);
}

/**
 * The share of a session's time that is left, in hundredths, and whether that is short.
 *
 * @param {SessionOverview} session
 */
export function barOf({ expiresInSeconds, lifetimeSeconds }) {
  const share = lifetimeSeconds > 0 ? (100 * expiresInSeconds) / lifetimeSeconds : 0;
  return { share: Math.round(Math.min(100, Math.max(0, share))), short: expiresInSeconds < SHORT };
}

/** In seconds. */
const SHORT = 600;
