// Whether the session still stands, asked of the backend. Events tell at once; this finds out
// where no event can come from.

import * as backend from "./backend.js";

/** Begins to ask; the answer stops it. `ended(error)` and `unconfirmed()` are called once at most. */
export function watch({ ended, unconfirmed }) {
  let timer = 0;
  let missed = 0;
  let over = false;

  async function ask() {
    clearTimeout(timer);
    try {
      await backend.currentSession();
      missed = 0;
    } catch (error) {
      if (over) return;
      missed += 1;
      if (error instanceof backend.SignedOut) return stop(), ended(error);
      if (missed >= MISSED) return stop(), unconfirmed();
    }
    if (over) return;
    clearTimeout(timer);
    timer = setTimeout(ask, MILLISECONDS);
  }

  // A tab in the background asks seldom, so it asks when somebody looks at it.
  const looked = () => document.visibilityState === "visible" && ask();

  function stop() {
    over = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", looked);
  }

  document.addEventListener("visibilitychange", looked);
  timer = setTimeout(ask, MILLISECONDS);
  return stop;
}

const MILLISECONDS = 4000;
const MISSED = 2;
