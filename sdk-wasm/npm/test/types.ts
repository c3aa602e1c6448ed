// Compiled, not run: the types a page relies on.
import {
  connect,
  WardkeyError,
  type DocumentToSign,
  type EventData,
  type SignedDocuments,
  type Wardkey,
} from "wardkey";
import { verify, verifyEps, verifyRaw, type PathCertificate, type Report } from "wardkey/verify";

export async function page(xml: string): Promise<SignedDocuments | undefined> {
  const wardkey: Wardkey = await connect({ timeout: 300 });
  const { session, ticket } = await wardkey.signIn({ fresh: true });
  const name: string | undefined = session.user?.name;
  const bearer: string | undefined = ticket;
  const stop: () => void = wardkey.on("card_removed", (data: EventData) => data.cardPresent);
  const { proof }: { proof: string } = await wardkey.authorize("eyJh.e30.c2ln");
  void proof;
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
    for await (const { event } of wardkey.events()) {
      if (event === "session_ended") break;
    }
  }
}

export async function server(signed: string, root: Uint8Array): Promise<boolean> {
  const report: Report = await verifyEps(signed, { anchors: [root], crls: [root] });
  // @ts-expect-error without the certificate there is nothing to verify with
  void verifyRaw({ document: "", signature: root, algorithm: "RS256" }, { anchors: [root] });
  const { path }: { path: PathCertificate[] } = await verify(signed, { anchors: [root] }, "document");
  return report.verdict === "valid" && path[0]?.revocation?.revoked === false;
}
