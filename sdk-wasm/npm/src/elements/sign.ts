import { WardkeyError } from "../error.js";
import type { SignedDocuments, SignRequest } from "../wardkey.js";
import { make, WardkeyElement, wardkeyOfPage } from "./base.js";

/**
 * `<wardkey-sign>`: a button that signs documents, with progress and what became of each.
 *
 * Properties: `request`, what to sign, without its key. Attributes: `extension-href`, `host-href`,
 * `lang`. Slots: the button's label; help of your own, named by error code. Parts: `button`,
 * `cancel`, `progress`, `results`, `result` (with `result-good` or `result-bad`), and those of every
 * element. States: `empty`, `ready`, `busy`, `signed`. Events: `wardkey-signed` with the result of
 * `sign`; `wardkey-error`. After `outcome_unknown` the button asks for the result with the same
 * key, so that nothing is signed twice.
 */
export class WardkeySignElement extends WardkeyElement {
  readonly #label = make("slot");
  readonly #button = make("button", { type: "button", part: "button", class: "main" }, this.#label);
  readonly #cancel = make("button", { type: "button", part: "cancel" });
  readonly #progress = make("progress", { part: "progress" });
  readonly #results = make("ul", { part: "results" });
  #request: Omit<SignRequest, "key"> | undefined;
  #signed: SignedDocuments | undefined;
  #key: string | undefined;
  /** Nobody knows whether the card has signed. */
  #unknown = false;
  #call: AbortController | undefined;

  /** What to sign. */
  get request(): Omit<SignRequest, "key"> | undefined {
    return this.#request;
  }

  set request(request: Omit<SignRequest, "key"> | undefined) {
    this.#call?.abort();
    this.#request = request;
    this.#key = undefined;
    this.#unknown = false;
    this.#signed = undefined;
    if (this.isConnected) void this.start();
  }

  protected build(status: HTMLElement): Node {
    this.#button.onclick = () => void this.sign();
    this.#cancel.onclick = () => this.#call?.abort();
    const buttons = make("div", { class: "row" }, this.#button, this.#cancel);
    return make("div", { class: "stack" }, buttons, this.#progress, status, this.#results);
  }

  protected render(): void {
    const { state, words } = this;
    const documents = this.#request?.documents.length ?? 0;
    const busy = state === "busy";
    this.#label.textContent = this.#unknown ? words.ask_again : words.sign(documents);
    this.#cancel.textContent = words.cancel;
    this.#button.setAttribute("aria-disabled", String(busy || state === "empty"));
    this.#button.hidden = state === "signed";
    this.#cancel.hidden = !busy;
    this.#progress.hidden = !busy || documents < 2;
    this.#progress.setAttribute("aria-label", words.sign(documents));
    this.#results.replaceChildren(...this.#outcomes());
    if (busy) this.say(({ follow_window }) => follow_window, true);
  }

  protected get main(): HTMLElement {
    return this.#button;
  }

  protected async start(): Promise<void> {
    this.setState((this.#request?.documents.length ?? 0) > 0 ? "ready" : "empty");
    this.redraw();
    this.silent();
  }

  /** Signs, as the button does; needs a gesture. */
  async sign(): Promise<void> {
    const request = this.#request;
    if (!request || this.state === "busy" || this.state === "empty") return;
    const call = (this.#call = new AbortController());
    const end = () => call.abort();
    this.alive.signal.addEventListener("abort", end, { once: true });
    const key = (this.#key ??= crypto.randomUUID());
    this.#progress.removeAttribute("value");
    this.setState("busy");
    try {
      const wardkey = await wardkeyOfPage();
      const signing = wardkey.sign({ ...request, key }, { signal: call.signal });
      void this.#follow(signing.progress());
      const signed = await signing;
      if (request === this.#request) this.#done(signed);
      // Signed it is, though the page asks for something else by now.
      this.tell("wardkey-signed", signed);
    } catch (error) {
      if (request !== this.#request) return;
      const code = error instanceof WardkeyError ? error.code : "internal";
      this.#unknown = code === "outcome_unknown";
      if (!this.#unknown) this.#key = undefined;
      this.setState("ready");
      this.redraw();
      this.silent();
      if (code !== "cancelled" || !call.signal.aborted) this.fail(error);
    } finally {
      this.alive.signal.removeEventListener("abort", end);
      if (this.#call === call) this.#call = undefined;
    }
  }

  async #follow(steps: AsyncIterable<{ done: number; total: number }>): Promise<void> {
    for await (const { done, total } of steps) {
      if (this.state !== "busy") return;
      this.#progress.max = total;
      this.#progress.value = done;
      this.say((words) => words.signed(done, total), true);
    }
  }

  #done(signed: SignedDocuments): void {
    this.#key = undefined;
    this.#unknown = false;
    this.#signed = signed;
    const failed = signed.results.filter(({ error }) => error).length;
    const total = signed.results.length;
    this.setState("signed");
    this.say((words) => (failed === 0 ? words.signed(total, total) : words.unsigned(failed, total)));
  }

  #outcomes(): Node[] {
    const names = new Map(this.#request?.documents.map(({ id, name }) => [id, name]));
    return (this.#signed?.results ?? []).map(({ id, error }) => {
      const item = make("li", { part: error ? "result result-bad" : "result result-good" });
      item.append(make("span", {}, names.get(id) ?? id));
      if (error) item.append(make("span", {}, this.words.errors[error.code]?.[0] ?? error.message));
      return item;
    });
  }
}
