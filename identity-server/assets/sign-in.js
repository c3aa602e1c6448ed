// Asks the agent for its proof, or a passkey for its answer, and takes it to the server, which
// says where to go.

const element = (id) => document.getElementById(id);
const [say, remedy, go, passkey, cancel, roles] =
  ["say", "remedy", "go", "passkey", "cancel", "roles"].map(element);

const begun = JSON.parse(element("sign-in").textContent);
const { silent, continuesAt } = begun;
let { transaction, request } = begun;
let wardkey;

passkey.hidden = !(begun.passkey && "PublicKeyCredential" in window);
go.addEventListener("click", () => void signIn());
passkey.addEventListener("click", () => void usePasskey());
cancel.addEventListener("click", () => void send({ transaction }));
await signIn();

async function signIn() {
  show("Waiting for your smartcard and passcode…");
  let proof;
  try {
    wardkey ??= await connect();
    ({ proof } = await wardkey.authorize(request));
  } catch (error) {
    if (silent) {
      await send({ transaction });
    } else if (error.code === "gesture_required") {
      show("Put your smartcard into the reader, then sign in.", "", "Sign in with smartcard");
    } else {
      show(error.message, error.remedy ?? "", "Try again");
    }
    return;
  }
  show("Signing you in…");
  await send({ transaction, proof });
}

async function usePasskey() {
  show("Waiting for your passkey…");
  let answer;
  try {
    const options = await post("/oidc/authorize/passkey", { transaction });
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    answer = (await navigator.credentials.get({ publicKey })).toJSON();
  } catch {
    show("No passkey was used.", "Sign in with your smartcard, or try again.", "Sign in with smartcard");
    return;
  }
  show("Signing you in…");
  await send({ transaction, passkey: answer });
}

async function connect() {
  const { connect } = await import("/wardkey/sdk/index.js");
  return connect();
}

async function post(address, body) {
  const response = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return response.json();
}

async function send(body) {
  let said;
  try {
    said = await post(continuesAt, body);
  } catch {
    show("The Identity Server does not answer.", "Check the network, then try again.", "Try again");
    return;
  }
  if (said.again) {
    ({ transaction, request } = said.again);
    show("Please confirm that it is you.", "", "Sign in with smartcard");
  } else if (said.roles) {
    ({ transaction } = said);
    choose(said.roles);
  } else if (said.answer?.location) {
    location.replace(said.answer.location);
  } else if (said.answer?.action) {
    submit(said.answer);
  } else if (body.passkey) {
    show(
      "This passkey does not sign in here.",
      "Use another one, or your smartcard.",
      "Sign in with smartcard",
    );
  } else {
    show("This sign-in is over.", "Go back to the application and begin anew.");
    passkey.hidden = true;
  }
}

function choose(offered) {
  show("In which role?");
  passkey.hidden = true;
  const items = offered.map(({ id, name }) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = name;
    button.addEventListener("click", () => void send({ transaction, role: id }));
    item.append(button);
    return item;
  });
  roles.replaceChildren(...items);
  roles.hidden = false;
  roles.querySelector("button").focus();
}

function submit({ action, fields }) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  for (const [name, value] of fields) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}

function show(text, hint = "", action = "") {
  say.textContent = text;
  remedy.textContent = hint;
  remedy.hidden = hint === "";
  go.textContent = action;
  go.hidden = action === "";
  roles.hidden = true;
  if (action) go.focus();
}
