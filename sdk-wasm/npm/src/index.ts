/**
 * Smartcard sign-in and signatures for clinical web apps.
 *
 * ```ts
 * import { connect } from "wardkey";
 *
 * const wardkey = await connect();
 * button.onclick = async () => {
 *   const { session, ticket } = await wardkey.signIn();
 *   await fetch("/api/session", { method: "POST", body: JSON.stringify({ ticket }) });
 * };
 * wardkey.on("session_ended", () => location.assign("/signed-out"));
 * ```
 *
 * @module wardkey
 */

export * from "./api.js";
export { connect } from "./connect.js";
