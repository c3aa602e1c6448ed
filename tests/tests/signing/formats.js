// Has signed what the trial asks for when the button is clicked, and verifies what was signed.

import { connect } from "./sdk/index.js";
import { verify, verifyRaw } from "./sdk/verify.js";

let wardkey;
let next;
const signed = [];

/** Makes the next click sign this: a request but for its document, which is a file beside the page. */
window.ask = async ({ file, mediaType, ...request }) => {
  wardkey ??= await connect();
  const content = await octets(file);
  next = { ...request, documents: [{ id: "1", name: file, mediaType, content }] };
  window.outcome = undefined;
};

document.querySelector("#sign").onclick = async () => {
  try {
    const { certificate, results } = await wardkey.sign(next);
    const [{ signature, algorithm, error }] = results;
    if (error) throw error;
    signed.push({ signature, algorithm, certificate });
    window.outcome = { size: signature.length };
  } catch (error) {
    window.outcome = { error: error.code ?? String(error), details: error.details };
  }
};

/** Everything that was signed so far, octets in base64. */
window.made = () =>
  Promise.all(
    signed.map(async ({ signature, algorithm, certificate }) => ({
      signature: await encoded(signature),
      certificate: await encoded(certificate),
      algorithm,
    })),
  );

/** The reports on all that `made.json` has; of each, `over` is the document beside it. */
window.judge = async (cases) => {
  const made = await (await fetch("made.json")).json();
  const { intermediates, crls, ...rest } = await (await fetch("trust.json")).json();
  const options = { ...rest, intermediates: intermediates.map(decoded), crls: crls.map(decoded) };
  const reports = [];
  for (const [place, { over, bare }] of cases.entries()) {
    const { algorithm } = made[place];
    const [signature, certificate] = [made[place].signature, made[place].certificate].map(decoded);
    const document = over === null ? undefined : await octets(over);
    reports.push(
      bare
        ? await verifyRaw({ document, signature, algorithm, certificate }, options)
        : await verify(signature, options, document),
    );
  }
  return reports;
};

async function octets(file) {
  const answer = await fetch(file);
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

function encoded(octets) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.readAsDataURL(new Blob([octets]));
  });
}

function decoded(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

window.isReady = true;
