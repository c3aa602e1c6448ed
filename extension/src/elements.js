// Elements of the extension's own pages. Everything from outside is set as text.

/**
 * @param {string} name
 * @param {string} [type] its class
 * @param {string} [text]
 */
export function make(name, type, text) {
  const made = document.createElement(name);
  if (type) made.className = type;
  if (text !== undefined) made.textContent = text;
  return made;
}

/**
 * A button that can't be pressed again before what it does is done.
 *
 * @param {string} text
 * @param {() => Promise<void>} press
 * @param {string} [type]
 */
export function button(text, press, type = "") {
  const made = /** @type {HTMLButtonElement} */ (make("button", type, text));
  made.type = "button";
  onPress(made, press);
  return made;
}

/**
 * The same with a button that the page has. It keeps the focus meanwhile, as one that is `disabled` would not.
 *
 * @param {HTMLElement} made
 * @param {() => Promise<void>} press
 */
export function onPress(made, press) {
  made.addEventListener("click", async () => {
    if (made.ariaDisabled) return;
    made.ariaDisabled = "true";
    try {
      await press();
    } finally {
      made.ariaDisabled = null;
    }
  });
}

/**
 * Puts elements into a box in place of those there. Of what was put there last, the likes stay: a button
 * that is about to be pressed stays where it is, and the focus with it.
 *
 * @param {HTMLElement} box
 * @param {HTMLElement[]} elements
 */
export function renew(box, elements) {
  const before = put.get(box) ?? [];
  if (!put.has(box)) box.replaceChildren();
  const now = elements.map((element) => {
    const like = element.outerHTML;
    const at = before.findIndex((other) => other.like === like);
    return at < 0 ? { like, element } : /** @type {Put} */ (before.splice(at, 1)[0]);
  });
  put.set(box, now);
  for (const { element } of before) element.remove();
  now.forEach(({ element }, at) => {
    if (box.children[at] !== element) box.insertBefore(element, box.children[at] ?? null);
  });
}

/** @typedef {{ like: string, element: HTMLElement }} Put */

/** What boxes have, and how it was written. @type {WeakMap<HTMLElement, Put[]>} */
const put = new WeakMap();

/**
 * One that the page has.
 *
 * @param {string} id
 */
export function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id}`);
  return found;
}
