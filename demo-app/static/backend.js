// The app's own backend. Every answer is JSON or XML; a 401 means that the session is over.

/** The session has ended at the Identity Server, or there was none. */
export class SignedOut extends Error {
  constructor(reason) {
    super(reason);
    this.name = "SignedOut";
  }
}

/** The backend refused, or could not be reached; carries what the page shows. */
export class BackendError extends Error {
  constructor(code, message, remedy) {
    super(message);
    this.name = "BackendError";
    this.code = code;
    this.remedy = remedy;
  }
}

export const openSession = (ticket) => call("POST", "/api/session", { ticket });
export const currentSession = () => call("GET", "/api/session");
export const closeSession = () => call("DELETE", "/api/session");
export const listPrescriptions = () => call("GET", "/api/prescriptions");

/** The HL7 v3 document of a prescription, as octets. */
export const prescriptionXml = (id) => octets("GET", `/api/prescriptions/${encodeURIComponent(id)}`);

/** The same with the time of signing set to now: what is to be signed. */
export const preparePrescription = (id) =>
  octets("POST", `/api/prescriptions/${encodeURIComponent(id)}/prepare`);

/** Hands a signature in; answers `{status, reason, report}`. */
export const storeSignature = (id, signature) =>
  call("POST", `/api/prescriptions/${encodeURIComponent(id)}/signature`, {
    signature: toBase64(signature),
  });

/** Has a bare signature over a text checked; answers `{status, reason, report}`. */
export const storeNote = ({ content, certificate, signature, algorithm }) =>
  call("POST", "/api/documents/raw-signature", {
    content: toBase64(content),
    certificate: toBase64(certificate),
    signature: toBase64(signature),
    algorithm,
  });

async function call(method, path, body) {
  const response = await send(method, path, body);
  return response.status === 204 ? null : response.json();
}

async function octets(method, path) {
  return new Uint8Array(await (await send(method, path)).arrayBuffer());
}

async function send(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      cache: "no-store",
      credentials: "same-origin",
      headers: body ? { "content-type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch {
    throw new BackendError(
      "app_unreachable",
      "The ward app's own server could not be reached.",
      "Check the network, then try again.",
    );
  }
  if (response.ok) return response;
  const fault = await response.json().catch(() => ({}));
  if (response.status === 401) throw new SignedOut(fault.code ?? "session_ended");
  throw new BackendError(
    fault.code ?? "internal",
    fault.message ?? "The ward app's own server made a mistake.",
    fault.remedy ?? "Try again; if it stays so, tell the service desk.",
  );
}

function toBase64(octets) {
  let text = "";
  for (const octet of octets) text += String.fromCharCode(octet);
  return btoa(text);
}
