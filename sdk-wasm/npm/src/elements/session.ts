import type { SessionView } from "../protocol.js";
import { make, WardkeyElement, wardkeyOfPage, write } from "./base.js";

/**
 * `<wardkey-session>`: who is signed in, in which role, for how long; to change the role, to sign
 * out, and to go on with a locked session.
 *
 * Attributes: `lang`. Slots: `signed-out`, `locked`, in place of the element's own words;
 * `actions`, for more buttons. Parts: `bar`, `who`, `user`, `role`, `time`, `change-role`,
 * `sign-out`, `unlock`, and those of every element. States: `signed-out`, `active`, `locked`,
 * `suspended`; cover what the page shows unless it is `active`. Events: `wardkey-session`, with the
 * session or `null`, at every change; `wardkey-error`.
 */
export class WardkeySessionElement extends WardkeyElement {
  readonly #user = make("span", { part: "user" });
  readonly #role = make("span", { part: "role" });
  readonly #time = make("span", { part: "time" });
  readonly #changeRole = make("button", { type: "button", part: "change-role" });
  readonly #signOut = make("button", { type: "button", part: "sign-out" });
  readonly #unlock = make("button", { type: "button", part: "unlock", class: "main" });
  readonly #who = make("div", { part: "who", tabindex: "-1" }, this.#user, this.#role, this.#time);
  readonly #bar = make("div", { part: "bar" });
  readonly #signedOut = make("slot", { name: "signed-out" });
  readonly #locked = make("slot", { name: "locked" });
  #session: SessionView | null = null;
  #endsAt = 0;
  #call: AbortController | undefined;

  /** The session of this page; `null` without one. */
  get session(): SessionView | null {
    return this.#session;
  }

  protected build(status: HTMLElement): Node {
    this.#changeRole.onclick = () => void this.#do(async (signal) => {
      const wardkey = await wardkeyOfPage();
      this.#take((await wardkey.selectRole({ signal })).session);
    });
    this.#signOut.onclick = () => void this.#do(async (signal) => {
      await (await wardkeyOfPage()).signOut({ signal });
      this.#take(null);
    }, true);
    this.#unlock.onclick = () => void this.#do(async (signal) => {
      this.#take((await (await wardkeyOfPage()).signIn({ signal })).session);
    });
    const actions = make("slot", { name: "actions" });
    const buttons = make("div", { class: "row" }, actions, this.#changeRole, this.#signOut, this.#unlock);
    this.#bar.append(this.#who, buttons);
    // Read out as they come.
    status.prepend(this.#signedOut, this.#locked);
    return make("div", { class: "stack" }, this.#bar, status);
  }

  protected render(): void {
    const { state, words } = this;
    const user = this.#session?.user;
    const signedIn = this.#session !== null;
    const held = this.#held;
    this.#bar.hidden = !signedIn;
    this.#user.textContent = user ? user.name : words.signed_in;
    const role = user?.role;
    this.#role.textContent = role ? `${role.name}, ${role.organisation}` : "";
    this.#changeRole.textContent = words.change_role;
    for (const button of [this.#changeRole, this.#unlock]) {
      button.setAttribute("aria-disabled", String(this.#call !== undefined));
    }
    this.#changeRole.hidden = held || (user?.roles.length ?? 0) < 2;
    this.#signOut.textContent = words.sign_out;
    this.#unlock.textContent = words.unlock;
    this.#unlock.hidden = !held;
    this.#signedOut.hidden = signedIn || state !== "signed-out";
    write(this.#signedOut, words.nobody);
    this.#locked.hidden = !held;
    write(this.#locked, state === "suspended" ? words.suspended : words.locked);
    this.#tick();
  }

  protected get main(): HTMLElement {
    return this.#held ? this.#unlock : this.#who;
  }

  get #held(): boolean {
    return this.state === "locked" || this.state === "suspended";
  }

  protected async start(): Promise<void> {
    const { signal } = this.alive;
    try {
      const wardkey = await wardkeyOfPage();
      if (signal.aborted) return;
      for (const event of ["role_changed", "session_changed", "session_resumed", "session_started"] as const) {
        // Where the road is gone, its return is an event of its own.
        wardkey.on(event, () => void this.#refresh().catch(() => {}), { signal });
      }
      wardkey.on("session_locked", () => this.#hold("locked"), { signal });
      wardkey.on("session_ended", () => this.#take(null), { signal });
      const clock = setInterval(() => this.#tick(), 15_000);
      signal.addEventListener("abort", () => clearInterval(clock));
      await this.#refresh();
    } catch (error) {
      // What is missing is for `<wardkey-sign-in>` to say.
      if (signal.aborted) return;
      this.setState("signed-out");
      this.tell("wardkey-error", error);
    }
  }

  async #refresh(): Promise<void> {
    const { signal } = this.alive;
    const wardkey = await wardkeyOfPage();
    const { session } = await wardkey.status({ signal });
    // Of a session that is out of the page's reach only its state is known.
    if (!session && this.#session && this.state !== "signed-out") this.#hold("suspended");
    else this.#take(session ?? null);
  }

  #take(session: SessionView | null): void {
    this.#session = session?.state === "ended" ? null : session;
    this.#endsAt = performance.now() + (session?.expiresInSeconds ?? 0) * 1000;
    this.silent();
    const state = this.#session?.state ?? "signed-out";
    const changed = this.state !== state;
    this.setState(state);
    if (!changed) this.redraw();
    this.tell("wardkey-session", this.#session);
  }

  #hold(state: "locked" | "suspended"): void {
    if (this.#session) this.#session = { ...this.#session, state };
    this.setState(state);
    this.tell("wardkey-session", this.#session);
  }

  /** Only towards the end, when it is worth knowing. */
  #tick(): void {
    const minutes = Math.ceil((this.#endsAt - performance.now()) / 60_000);
    const soon = this.state === "active" && minutes >= 0 && minutes <= SOON;
    write(this.#time, soon ? this.words.left(Math.max(minutes, 0)) : "");
  }

  /** One thing at a time, but for signing out, which ends what is under way. */
  async #do(act: (signal: AbortSignal) => Promise<void>, instead = false): Promise<void> {
    if (this.#call && !instead) return;
    this.#call?.abort();
    const call = (this.#call = new AbortController());
    const end = () => call.abort();
    this.alive.signal.addEventListener("abort", end, { once: true });
    this.say(({ follow_window }) => follow_window, true);
    this.redraw();
    try {
      await act(call.signal);
      if (this.#call === call) this.silent();
    } catch (error) {
      if (this.#call !== call) return;
      this.silent();
      this.fail(error);
    } finally {
      this.alive.signal.removeEventListener("abort", end);
      if (this.#call === call) this.#call = undefined;
      this.redraw();
    }
  }
}

/** Minutes. */
const SOON = 15;
