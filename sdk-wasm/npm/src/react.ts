/**
 * React hooks, thin ones: the state of `wardkey` as React's state. Needs React 18 or later.
 *
 * ```tsx
 * const { wardkey, error } = useWardkey();
 * const session = useSession(wardkey);
 * if (error) return <p>{error.message} {error.remedy}</p>;
 * return session ? <p>{session.user?.name}</p>
 *   : <button disabled={!wardkey} onClick={() => wardkey?.signIn()}>Sign in</button>;
 * ```
 *
 * @module wardkey/react
 */

import { useCallback, useEffect, useRef, useState } from "react";
import { connect } from "./connect.js";
import type { ConnectOptions } from "./connecting.js";
import { localError, WardkeyError } from "./error.js";
import type { EventMap } from "./events.js";
import type { EventName, SessionView, SignProgress } from "./protocol.js";
import type { SignedDocuments, SignRequest, Wardkey } from "./wardkey.js";

/** What {@link useWardkey} knows: neither yet, or one of them. */
export interface Connected {
  wardkey: Wardkey | undefined;
  error: WardkeyError | undefined;
  /** Connects anew, after an error. */
  retry(): void;
}

/** Connects when the component is shown, and lets go when it is gone. */
export function useWardkey(
  connectNow: (options: ConnectOptions) => Promise<Wardkey> = connect,
): Connected {
  const [wardkey, setWardkey] = useState<Wardkey>();
  const [error, setError] = useState<WardkeyError>();
  const [round, setRound] = useState(0);
  const latest = useRef(connectNow);
  useEffect(() => {
    const shown = new AbortController();
    let own: Wardkey | undefined;
    latest.current({ signal: shown.signal }).then(
      (connected) => {
        own = connected;
        if (shown.signal.aborted) connected.close();
        else setWardkey(connected);
      },
      (cause: unknown) => {
        if (!shown.signal.aborted) setError(errorOf(cause));
      },
    );
    return () => {
      shown.abort();
      own?.close();
      setWardkey(undefined);
      setError(undefined);
    };
  }, [round]);
  const retry = useCallback(() => setRound((before) => before + 1), []);
  return { wardkey, error, retry };
}

/** The session of this page, kept up to date; `null` without one, `undefined` until that is known. */
export function useSession(wardkey: Wardkey | undefined): SessionView | null | undefined {
  const [session, setSession] = useState<SessionView | null>();
  useEffect(() => {
    if (!wardkey) return;
    const shown = new AbortController();
    const { signal } = shown;
    const refresh = () =>
      wardkey.status({ signal }).then(
        (status) => signal.aborted || setSession(status.session ?? null),
        () => signal.aborted || setSession(null),
      );
    for (const event of CHANGES) wardkey.on(event, () => void refresh(), { signal });
    wardkey.on("session_ended", () => setSession(null), { signal });
    void refresh();
    return () => {
      shown.abort();
      setSession(undefined);
    };
  }, [wardkey]);
  return session;
}

/** Calls the newest handler at each event of a kind. */
export function useWardkeyEvent<Event extends EventName>(
  wardkey: Wardkey | undefined,
  event: Event,
  handler: (data: EventMap[Event]) => void,
): void {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => wardkey?.on(event, (data) => latest.current(data)), [wardkey, event]);
}

/** What {@link useSign} knows of the signing under way or done. */
export interface SignState {
  busy: boolean;
  progress: SignProgress | undefined;
  result: SignedDocuments | undefined;
  error: WardkeyError | undefined;
  /** Signs; call it from a click handler. What became of it is in the state. */
  sign(request: SignRequest): Promise<SignedDocuments | undefined>;
  /** Gives up what is under way. */
  cancel(): void;
}

/** Signing with its progress, one at a time. */
export function useSign(wardkey: Wardkey | undefined): SignState {
  const [state, setState] = useState<Omit<SignState, "sign" | "cancel">>(IDLE);
  const call = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => call.current?.abort(), []);
  const sign = useCallback(
    async (request: SignRequest) => {
      if (!wardkey || call.current) return undefined;
      const { signal } = (call.current = new AbortController());
      setState({ ...IDLE, busy: true });
      const onProgress = (progress: SignProgress) => setState({ ...IDLE, busy: true, progress });
      try {
        const result = await wardkey.sign(request, { signal, onProgress });
        setState({ ...IDLE, result });
        return result;
      } catch (cause) {
        setState({ ...IDLE, error: errorOf(cause) });
        return undefined;
      } finally {
        call.current = undefined;
      }
    },
    [wardkey],
  );
  const cancel = useCallback(() => call.current?.abort(), []);
  return { ...state, sign, cancel };
}

function errorOf(cause: unknown): WardkeyError {
  if (cause instanceof WardkeyError) return cause;
  return localError("internal", { reason: String(cause) }, cause);
}

const CHANGES = [
  "role_changed",
  "session_changed",
  "session_locked",
  "session_resumed",
  "session_started",
] as const;

const IDLE = { busy: false, progress: undefined, result: undefined, error: undefined };
