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
  made.addEventListener("click", async () => {
    made.disabled = true;
    try {
      await press();
    } finally {
      made.disabled = false;
    }
  });
  return made;
}

/**
 * Puts elements into a box in place of those there, unless they are the like of what was put there
 * last: a button that is about to be pressed stays where it is, and the focus with it.
 *
 * @param {HTMLElement} box
 * @param {HTMLElement[]} elements
 */
export function renew(box, elements) {
  const like = elements.map(({ outerHTML }) => outerHTML).join("");
  if (put.get(box) === like) return;
  put.set(box, like);
  box.replaceChildren(...elements);
}

/** What boxes have, as text. @type {WeakMap<HTMLElement, string>} */
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
