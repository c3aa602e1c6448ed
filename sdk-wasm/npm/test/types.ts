// Compiled, not run: the types a page relies on.
import {
  connect,
  WardkeyError,
  type DocumentToSign,
  type EventData,
  type SessionCause,
  type SignedDocuments,
  type Wardkey,
} from "wardkey";
import { installNhsAuth } from "wardkey/adapters/nhs-auth";
import { signPrescription, type HubResponse } from "wardkey/adapters/credential-manager";
import { connectWebEid } from "wardkey/adapters/web-eid";
import { setWords, WardkeySignInElement } from "wardkey/elements";
import { useSession, useSign, useWardkey, useWardkeyEvent } from "wardkey/react";
import { connect as connectSlim } from "wardkey/slim";
import { verify, verifyAuthentication, verifyEps, verifyRaw, type PathCertificate, type Report } from "wardkey/verify";

export async function page(xml: string): Promise<SignedDocuments | undefined> {
  const wardkey: Wardkey = await connect({ timeout: 300 });
  const { session, ticket } = await wardkey.signIn({ fresh: true });
  const name: string | undefined = session.user?.name;
  const bearer: string | undefined = ticket;
  const stop: () => void = wardkey.on("card_removed", (data: EventData) => data.cardPresent);
  wardkey.on("session_ended", ({ cause, state }) => {
    const why: SessionCause = cause;
    void [why, state];
  });
  // @ts-expect-error a card's event tells nothing of a session
  wardkey.on("card_removed", ({ session }) => session);
  // @ts-expect-error the reader is not known after a broken road
  wardkey.on("card_inserted", ({ reader }) => reader.length);
  const { proof }: { proof: string } = await wardkey.authorize("eyJh.e30.c2ln");
  void proof;
  await wardkey.delegate(["https://letters.example"]);
  // @ts-expect-error a list of origins
  void wardkey.delegate("https://letters.example");
  // @ts-expect-error the request is the server's text as it is
  void wardkey.authorize({ request: "eyJh.e30.c2ln" });
  // @ts-expect-error no such event
  wardkey.on("card_eaten", () => {});
  // @ts-expect-error no such format
  void wardkey.sign({ format: "xml", documents: [] });
  const documents: DocumentToSign[] = [
    { id: "1", name: name ?? bearer ?? "", mediaType: "application/xml", content: xml },
  ];
  try {
    const signed = await wardkey.sign({ format: "eps", documents });
    const signature: Uint8Array | undefined = signed.results[0]?.signature;
    void signature;
    return signed;
  } catch (error) {
    if (error instanceof WardkeyError && error.code === "user_cancelled") return undefined;
    throw error;
  } finally {
    stop();
    for await (const { event, data } of wardkey.events()) {
      if (event === "session_started") void data.session.user;
      if (event === "session_ended") break;
    }
  }
}

export async function batch(documents: DocumentToSign[]): Promise<number> {
  // @ts-expect-error the slim entry has no core of its own
  void connectSlim();
  const wardkey = await connectSlim({ core: fetch("core.wasm") });
  const signing = wardkey.sign({ format: "cades", documents });
  let last = 0;
  for await (const { done } of signing.progress()) last = done;
  const { results } = await signing;
  return last - results.length;
}

export function elements(): void {
  const element: WardkeySignInElement | null = document.querySelector("wardkey-sign-in");
  void element?.signIn();
  setWords("ga", { sign_in: "Sínigh isteach", left: (minutes) => `${minutes}` });
  // @ts-expect-error no such words
  setWords("ga", { greeting: "Dia dhuit" });
}

export function Hooks(): boolean {
  const { wardkey, error } = useWardkey();
  const session = useSession(wardkey);
  useWardkeyEvent(wardkey, "session_locked", ({ cause }) => void cause.length);
  const { busy, sign } = useSign(wardkey);
  void sign({ format: "cades", documents: [] });
  return busy || session === null || error?.code === "extension_missing";
}

export async function others(digest: string, nonce: string): Promise<HubResponse> {
  const wardkey = connect();
  installNhsAuth(wardkey).getToken((error, tokenId) => void [error?.code, tokenId]);
  const cards = await wardkey.catch(() => connectWebEid());
  const { unverifiedCertificate } = await cards.authenticate({ nonce });
  void unverifiedCertificate;
  return signPrescription(digest);
}

export async function server(signed: string, root: Uint8Array): Promise<boolean> {
  const report: Report = await verifyEps(signed, { anchors: [root], crls: [root] });
  // @ts-expect-error without the certificate there is nothing to verify with
  void verifyRaw({ document: "", signature: root, algorithm: "RS256" }, { anchors: [root] });
  const { path }: { path: PathCertificate[] } = await verify(signed, { anchors: [root] }, "document");
  // @ts-expect-error a token proves nothing without an origin and a nonce
  void verifyAuthentication(signed, { anchors: [root] });
  return report.verdict === "valid" && path[0]?.revocation?.revoked === false;
}
