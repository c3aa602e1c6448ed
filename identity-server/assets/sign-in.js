// Asks the agent for its proof and takes it to the server, which says where to go.

const say = document.getElementById("say");
const remedy = document.getElementById("remedy");
const go = document.getElementById("go");
const cancel = document.getElementById("cancel");

let { transaction, request, silent } = JSON.parse(document.getElementById("sign-in").textContent);
let wardkey;

go.addEventListener("click", () => void signIn());
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

async function connect() {
  const { connect } = await import("/wardkey/sdk/index.js");
  return connect();
}

async function send(body) {
  let said;
  try {
    const response = await fetch("/oidc/authorize/continue", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    said = await response.json();
  } catch {
    show("The Identity Server does not answer.", "Check the network, then try again.", "Try again");
    return;
  }
  if (said.again) {
    ({ transaction, request } = said.again);
    show("Please confirm that it is you.", "", "Sign in with smartcard");
  } else if (said.answer?.location) {
    location.replace(said.answer.location);
  } else if (said.answer?.action) {
    post(said.answer);
  } else {
    show("This sign-in is over.", "Go back to the application and begin anew.");
  }
}

function post({ action, fields }) {
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
  if (action) go.focus();
}
