import { WardkeyError } from "../error.js";
import type { SignInResult } from "../protocol.js";
import type { Wardkey } from "../wardkey.js";
import { make, WardkeyElement, wardkeyOfPage } from "./base.js";

/**
 * `<wardkey-sign-in>`: a button that signs in, and says what is missing and how to get it.
 *
 * Attributes: `profile`, a role profile to take without asking; `fresh`, to ask for the passcode
 * even where a session is active; `extension-href`, `host-href`, where to get them; `lang`. Slots:
 * the button's label; help of your own, named by error code (`host-missing`). Parts: `button`,
 * `cancel`, `status`, `message`, `help`, `help-title`, `help-text`, `help-link`, `help-button`.
 * States: `looking`, `missing`, `ready`, `busy`, `signed-in`. Events: `wardkey-signed-in` with the
 * result of `signIn`; `wardkey-error`.
 */
export class WardkeySignInElement extends WardkeyElement {
  readonly #label = make("slot");
  readonly #button = make("button", { type: "button", part: "button", class: "main" }, this.#label);
  readonly #cancel = make("button", { type: "button", part: "cancel" });
  #call: AbortController | undefined;
  #cardPresent: boolean | undefined;

  protected build(status: HTMLElement): Node {
    this.#button.onclick = () => void this.signIn();
    this.#cancel.onclick = () => this.#call?.abort();
    const buttons = make("div", { class: "row" }, this.#button, this.#cancel);
    return make("div", { class: "stack" }, buttons, status);
  }

  protected render(): void {
    const { state, words } = this;
    const busy = state === "busy";
    this.#label.textContent = words.sign_in;
    this.#cancel.textContent = words.cancel;
    // It stays where the focus is, and says that it does nothing now.
    this.#button.setAttribute("aria-disabled", String(busy));
    this.#button.hidden = state === "signed-in";
    this.#cancel.hidden = !busy;
    if (state === "looking") this.say(({ looking }) => looking, true);
    if (state === "busy") this.say(({ follow_window }) => follow_window, true);
    if (state === "signed-in") this.say(({ signed_in }) => signed_in);
  }

  protected get main(): HTMLElement {
    return this.#button;
  }

  protected async start(): Promise<void> {
    this.setState("looking");
    try {
      const wardkey = await wardkeyOfPage();
      const { signal } = this.alive;
      if (signal.aborted) return;
      // A locked session goes on by signing in.
      for (const event of ["session_ended", "session_locked"] as const) {
        wardkey.on(event, () => this.#ended(), { signal });
      }
      for (const event of ["session_resumed", "session_started"] as const) {
        wardkey.on(event, () => this.setState("signed-in"), { signal });
      }
      // Whether it is active, or which it is: after a road that broke as well.
      wardkey.on("session_changed", () => void this.#look().catch(() => {}), { signal });
      wardkey.on("card_inserted", () => this.#card(true), { signal });
      wardkey.on("card_removed", ({ cardPresent }) => this.#card(cardPresent), { signal });
      wardkey.on("reader_changed", ({ cardPresent }) => this.#card(cardPresent), { signal });
      await this.#look();
    } catch (error) {
      if (this.alive.signal.aborted) return;
      this.setState("missing");
      this.fail(error, () => void this.start());
    }
  }

  /** Signs in, as the button does; needs a gesture. */
  async signIn(): Promise<void> {
    if (this.state === "busy") return;
    const call = (this.#call = new AbortController());
    const end = () => call.abort();
    this.alive.signal.addEventListener("abort", end, { once: true });
    this.setState("busy");
    try {
      const wardkey = await wardkeyOfPage();
      const role = this.getAttribute("profile");
      const result: SignInResult = await wardkey.signIn({
        ...(role !== null && { role }),
        ...(this.hasAttribute("fresh") && { fresh: true }),
        signal: call.signal,
      });
      this.setState("signed-in");
      this.tell("wardkey-signed-in", result);
    } catch (error) {
      this.#ready();
      // Whoever cancels here knows.
      const own = error instanceof WardkeyError && error.code === "cancelled" && call.signal.aborted;
      if (!own) this.fail(error);
    } finally {
      this.alive.signal.removeEventListener("abort", end);
      this.#call = undefined;
    }
  }

  async #look(): Promise<void> {
    const { signal } = this.alive;
    const { cardPresent, session } = await (await wardkeyOfPage()).status({ signal });
    this.#cardPresent = cardPresent;
    if (this.state === "busy") return;
    if (session?.state === "active") this.setState("signed-in");
    else this.#ended();
  }

  #ready(): void {
    this.setState("ready");
    this.silent();
  }

  /** Ready again, or ready but for a card. */
  #ended(): void {
    this.#ready();
    this.#card(this.#cardPresent);
  }

  #card(present: boolean | undefined): void {
    this.#cardPresent = present;
    if (this.state !== "ready") return;
    if (present !== false) this.silent();
    else void wardkeyOfPage().then((wardkey) => this.#lacking(wardkey, this.alive.signal));
  }

  /** Says whether it is the card or the reader; the agent's window says it as well. */
  async #lacking(wardkey: Wardkey, signal: AbortSignal): Promise<void> {
    try {
      const { readers } = await wardkey.cards({ signal });
      if (this.state !== "ready" || readers.some(({ cardPresent }) => cardPresent)) return;
      this.showError(lacking(readers.length === 0 ? "reader_missing" : "card_missing"));
    } catch (error) {
      // Without the permission there is nothing to say; but the road may say what is missing.
      const tells = error instanceof WardkeyError && error.party !== "page";
      if (tells && this.state === "ready") this.showError(error);
    }
  }
}

function lacking(code: "card_missing" | "reader_missing"): WardkeyError {
  const [message, remedy] = LACKING[code];
  return new WardkeyError({ code, party: "device", message, remedy, details: {} });
}

/** The protocol's words; a test compares them. */
export const LACKING = {
  card_missing: ["There is no card in any reader.", "Put your smartcard into the reader."],
  reader_missing: ["No smartcard reader is connected.", "Connect a smartcard reader."],
} as const;
