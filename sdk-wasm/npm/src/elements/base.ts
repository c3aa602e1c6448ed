import { connect } from "../connect.js";
import { localError, WardkeyError } from "../error.js";
import type { Wardkey } from "../wardkey.js";
import { style } from "./style.js";
import { onWords, wordsFor, type Words } from "./words.js";

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

/**
 * What all elements have: words, a place that says what happens, help with what is missing, and a focus
 * that is never lost.
 */
export abstract class WardkeyElement extends ElementOfPage() {
  /** What ends with the element's time in the page. */
  protected alive = new AbortController();
  readonly #message = make("p", { part: "message" });
  readonly #help = make("div", { part: "help" });
  // Read out as it changes, and never cut short.
  readonly #status = make("div", { part: "status", role: "status", tabindex: "-1" }, this.#message, this.#help);
  #built = false;
  /** Says again what it says, in the language of now. */
  #saying = () => {};

  static get observedAttributes(): string[] {
    return ["lang", "extension-href", "host-href"];
  }

  connectedCallback(): void {
    if (!this.#built) {
      this.#built = true;
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [style()];
      root.append(this.build(this.#status));
    }
    this.alive = new AbortController();
    this.silent();
    this.redraw();
    this.#watchLanguage();
    void this.start();
  }

  disconnectedCallback(): void {
    this.alive.abort();
  }

  attributeChangedCallback(): void {
    this.#retell();
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

  /** What has the focus after what had it is gone; the place that says what happens where it is hidden. */
  protected abstract get main(): HTMLElement;

  protected setState(state: string): void {
    if (this.state === state) return;
    this.setAttribute("state", state);
    this.redraw();
  }

  protected redraw(): void {
    this.#keepingFocus(() => this.render());
  }

  protected get words(): Words {
    return this.#language()[1];
  }

  /** Says what happens now. */
  protected say(words: (words: Words) => string, turning = false): void {
    this.#keepingFocus(() => {
      this.#saying = () => this.say(words, turning);
      this.#help.hidden = true;
      this.#message.hidden = false;
      this.#message.className = turning ? "turning" : "";
      write(this.#message, words(this.words));
    });
  }

  /** Nothing happens. */
  protected silent(): void {
    this.#keepingFocus(() => {
      this.#saying = () => {};
      this.#help.hidden = true;
      this.#message.hidden = true;
      this.#message.textContent = "";
    });
  }

  /** Says what went wrong or is missing, and how to get it; `again` tries once more. */
  protected showError(error: WardkeyError, again?: () => void): void {
    this.#keepingFocus(() => {
      this.silent();
      this.#saying = () => this.showError(error, again);
      this.#help.className = error.party === "installation" || error.party === "device" ? "" : "bad";
      this.#help.replaceChildren(this.#helpWith(error, again));
      this.#help.hidden = false;
    });
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

  #helpWith(error: WardkeyError, again?: () => void): Node {
    const [language, words] = this.#language();
    // What the error itself says of this one is for who writes the page.
    const unknown = [words.unknown, words.unknown_remedy] as const;
    const own = error.code === "outcome_unknown" ? unknown : words.errors[error.code];
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
    return make("slot", { name: error.code.replaceAll("_", "-") }, told, actions);
  }

  /** A control that goes takes the focus along, and who has no mouse would begin at the page's top. */
  #keepingFocus(change: () => void): void {
    const focused = this.shadowRoot?.activeElement;
    change();
    if (!focused || (focused.isConnected && focused.checkVisibility())) return;
    (this.main.checkVisibility() ? this.main : this.#status).focus();
  }

  #retell(): void {
    if (!this.#built) return;
    const saying = this.#saying;
    this.redraw();
    saying();
  }

  /** The language is whatever stands around the element, and both that and the words may change. */
  #watchLanguage(): void {
    const observer = new MutationObserver(() => this.#retell());
    for (const [, root] of around(this)) {
      observer.observe(root, { subtree: true, attributeFilter: ["lang"] });
    }
    this.alive.signal.addEventListener("abort", () => observer.disconnect());
    onWords(() => this.#retell(), this.alive.signal);
  }

  #language(): [string, Words] {
    for (const [element] of around(this)) {
      const nearest = element.closest<HTMLElement>("[lang]")?.lang;
      if (nearest) return wordsFor(nearest);
    }
    return wordsFor(navigator.language);
  }
}

/** An element and those whose shadows it stands in, each with its root. */
function* around(element: Element): Generator<[Element, Node]> {
  for (let at: Element | undefined = element; at; ) {
    const root: Node = at.getRootNode();
    yield [at, root];
    at = root instanceof ShadowRoot ? root.host : undefined;
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

/** Has an element say this; what it says already is not read out again. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
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
