/**
 * Ready-made elements: `<wardkey-sign-in>`, `<wardkey-session>` and `<wardkey-sign>`. Importing this
 * defines them; on a server it does nothing.
 *
 * ```html
 * <wardkey-sign-in host-href="/help/wardkey"></wardkey-sign-in>
 * <script type="module">
 *   import "wardkey/elements";
 *   document.querySelector("wardkey-sign-in")
 *     .addEventListener("wardkey-signed-in", ({ detail }) => use(detail.ticket));
 * </script>
 * ```
 *
 * @module wardkey/elements
 */

import { provide, wardkeyOfPage } from "./elements/base.js";
import { WardkeySessionElement } from "./elements/session.js";
import { WardkeySignElement } from "./elements/sign.js";
import { WardkeySignInElement } from "./elements/sign-in.js";
import { setWords, type Words } from "./elements/words.js";

export {
  provide,
  setWords,
  wardkeyOfPage,
  WardkeySessionElement,
  WardkeySignElement,
  WardkeySignInElement,
  type Words,
};

declare global {
  interface HTMLElementTagNameMap {
    "wardkey-session": WardkeySessionElement;
    "wardkey-sign": WardkeySignElement;
    "wardkey-sign-in": WardkeySignInElement;
  }
}

if (typeof customElements !== "undefined") {
  const elements = {
    "wardkey-session": WardkeySessionElement,
    "wardkey-sign": WardkeySignElement,
    "wardkey-sign-in": WardkeySignInElement,
  };
  for (const [name, element] of Object.entries(elements)) {
    // Another copy of this package may have been there first.
    if (!customElements.get(name)) customElements.define(name, element);
  }
}
