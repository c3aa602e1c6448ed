// Makes a passkey in the browser and takes it to the server.

const form = document.getElementById("new-passkey");
const wrong = document.getElementById("passkey-wrong");

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  wrong.hidden = true;
  add(form.elements.name.value).catch((error) => {
    wrong.textContent = error.name === "NotAllowedError" ? "No passkey was made." : error.message;
    wrong.hidden = false;
  });
});

async function add(name) {
  const { ceremony, options } = await post("/wardkey/account/passkeys/begin", {});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const made = (await navigator.credentials.create({ publicKey })).toJSON();
  const { location } = await post("/wardkey/account/passkeys/add", { ceremony, name, made });
  window.location.assign(location);
}

async function post(address, body) {
  const response = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const said = await response.json();
  if (!response.ok) throw new Error(said.error);
  return said;
}
