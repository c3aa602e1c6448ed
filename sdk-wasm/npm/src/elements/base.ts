import { connect } from "../connect.js";
import { localError, WardkeyError } from "../error.js";
import type { Wardkey } from "../wardkey.js";
import { style } from "./style.js";
import { wordsFor, type Words } from "./words.js";

/**
 * Has the elements use this Wardkey, for apps that connect themselves (`wardkey/slim`, or to call it
 * beside the elements). A session belongs to the connection that signed in to it, so that all of a
 * page share one.
 */
export function provide(wardkey: Wardkey | Promise<Wardkey>): void {
  shared = Promise.resolve(wardkey);
  shared.catch(() => {});
}

/** The page's one Wardkey: what was provided, or else connected now. */
export function wardkeyOfPage(): Promise<Wardkey> {
  shared ??= connect().catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  return shared;
}

/** What all elements have: words, a place that says what happens, and help with what is missing. */
export abstract class WardkeyElement extends ElementOfPage() {
  /** What ends with the element's time in the page. */
  protected alive = new AbortController();
  readonly #message = make("p", { part: "message" });
  readonly #help = make("div", { part: "help" });
  readonly #status = make("div", { part: "status" }, this.#message, this.#help);
  #built = false;
  #shown: { error: WardkeyError; again: (() => void) | undefined } | undefined;

  static get observedAttributes(): string[] {
    return ["lang", "extension-href", "host-href"];
  }

  connectedCallback(): void {
    if (!this.#built) {
      this.#built = true;
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [style()];
      // Read out as it changes, and never cut short.
      this.#status.setAttribute("role", "status");
      root.append(this.build(this.#status));
      this.say("");
    }
    this.alive = new AbortController();
    this.render();
    void this.start();
  }

  disconnectedCallback(): void {
    this.alive.abort();
  }

  attributeChangedCallback(): void {
    if (!this.#built) return;
    this.render();
    if (this.#shown) this.showError(this.#shown.error, this.#shown.again);
  }

  /** Where it stands; `:host([state="…"])` and the page's own style see it. */
  get state(): string {
    return this.getAttribute("state") ?? "";
  }

  /** What stands in the element, around the place that says what happens. */
  protected abstract build(status: HTMLElement): Node;

  /** Writes the words, in the language of now. */
  protected abstract render(): void;

  /** The element is in a page. */
  protected abstract start(): Promise<void>;

  protected setState(state: string): void {
    if (this.state === state) return;
    this.setAttribute("state", state);
    this.render();
  }

  protected get words(): Words {
    return this.#language()[1];
  }

  /** Says what happens now. */
  protected say(message: string, turning = false): void {
    this.#shown = undefined;
    this.#help.hidden = true;
    this.#message.hidden = message === "";
    this.#message.className = turning ? "turning" : "";
    if (this.#message.textContent !== message) this.#message.textContent = message;
    this.#status.classList.toggle("empty", message === "");
  }

  /** Says what went wrong or is missing, and how to get it; `again` tries once more. */
  protected showError(error: WardkeyError, again?: () => void): void {
    this.say("");
    this.#shown = { error, again };
    const [language, words] = this.#language();
    const own = words.errors[error.code];
    const [title, text] = own ?? [error.message, error.remedy];
    const told = make("div", {}, make("p", { part: "help-title" }, title), make("p", { part: "help-text" }, text));
    told.lang = own ? language : "en";
    const actions = make("div", { class: "row" });
    const link = LINKS[error.code];
    const href = link && this.getAttribute(link.attribute);
    if (link && href) {
      const anchor = make("a", { part: "help-link", target: "_blank", rel: "noopener" }, words[link.words]);
      anchor.href = href;
      actions.append(anchor);
    }
    // The extension reaches a page when it loads.
    const reload = error.code === "extension_missing";
    if (again || reload) {
      const button = make("button", { part: "help-button", type: "button" });
      button.textContent = reload ? words.reload : words.try_again;
      button.onclick = reload ? () => location.reload() : () => again?.();
      actions.append(button);
    }
    actions.hidden = actions.childElementCount === 0;
    // The page's own help, where there is any: `<p slot="host-missing">…`.
    const slot = make("slot", { name: error.code.replaceAll("_", "-") }, told, actions);
    this.#help.className = error.party === "installation" || error.party === "device" ? "" : "bad";
    this.#help.replaceChildren(slot);
    this.#help.hidden = false;
    this.#status.classList.remove("empty");
  }

  /** Tells the page; whether it left what follows to the element. */
  protected tell(name: string, detail: unknown): boolean {
    const options = { bubbles: true, composed: true, cancelable: true, detail };
    return this.dispatchEvent(new CustomEvent(name, options));
  }

  /** Tells the page of an error, and shows it unless the page takes it (`preventDefault`). */
  protected fail(cause: unknown, again?: () => void): void {
    const error =
      cause instanceof WardkeyError ? cause : localError("internal", { reason: String(cause) }, cause);
    if (this.alive.signal.aborted) return;
    if (this.tell("wardkey-error", error)) this.showError(error, again);
  }

  #language(): [string, Words] {
    const nearest = this.closest<HTMLElement>("[lang]")?.lang;
    return wordsFor(nearest || document.documentElement.lang || navigator.language);
  }
}

/** An element with attributes and children. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** On a server, where there are no elements, importing this does no harm. */
function ElementOfPage(): typeof HTMLElement {
  return typeof HTMLElement === "undefined" ? (class {} as typeof HTMLElement) : HTMLElement;
}

let shared: Promise<Wardkey> | undefined;

const LINKS: Partial<
  Record<string, { attribute: string; words: "extension_link" | "host_link" }>
> = {
  extension_missing: { attribute: "extension-href", words: "extension_link" },
  host_missing: { attribute: "host-href", words: "host_link" },
};
