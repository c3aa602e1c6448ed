// Why somebody is signed out, in words for the ward.

/** Title and text for an event of Wardkey, with its data, or for a code of the backend. */
export function reasonFor(event, data = {}) {
  const key = event === "session_ended" && data.cause in REASONS ? data.cause : event;
  const reason = REASONS[key] ?? REASONS.session_ended;
  // Whoever signed out knows why; everything else has to catch the eye.
  return { ...reason, interrupted: key !== "signed_out" };
}

const HIDDEN = "Patient details are no longer shown.";

const REASONS = {
  card_removed: {
    title: "Signed out: card removed",
    text: `Your smartcard was taken out of the reader. ${HIDDEN} Put your card back to sign in again.`,
  },
  expired: {
    title: "Signed out: session over",
    text: `Your session has reached its time limit. ${HIDDEN}`,
  },
  identity_unreachable: {
    title: "Signed out: session not confirmed",
    text: `The Identity Server could not confirm your session. ${HIDDEN} Check the network, then sign in again.`,
  },
  server: {
    title: "Signed out by the Identity Server",
    text: `Your session was ended centrally. ${HIDDEN}`,
  },
  session_ended: {
    title: "You are signed out",
    text: `Your session has ended. ${HIDDEN}`,
  },
  session_locked: {
    title: "Locked: card removed",
    text: `Your smartcard was taken out of the reader. ${HIDDEN} Put your card back and sign in again.`,
  },
  session_suspended: {
    title: "Session paused",
    text: `Your session is paused at the Identity Server. ${HIDDEN} Sign in again to go on.`,
  },
  signed_out: {
    title: "You are signed out",
    text: "You signed out. You can take your card with you.",
  },
  user_changed: {
    title: "Signed out: another card",
    text: `Another person’s smartcard is in the reader. ${HIDDEN}`,
  },
};
