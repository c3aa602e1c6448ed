// An app of yesterday: it calls `nhsAuth`, and the prescription signer.
import { connect } from "wardkey";
import { signPrescription } from "wardkey/adapters/credential-manager";
import { installNhsAuth } from "wardkey/adapters/nhs-auth";

const connecting = connect();
installNhsAuth(connecting);

const show = (said) => {
  document.querySelector("#said").textContent = JSON.stringify(said);
};
const token = (error, tokenId) => show(error ? { code: error.code } : { tokenId });

document.querySelector("#token").onclick = () => nhsAuth.getToken(token);
document.querySelector("#quiet").onclick = () => nhsAuth.getTokenNoAuth(token);
document.querySelector("#prescription").onclick = async () => {
  // `$prepare` gave it; the test puts it here.
  signPrescription(window.digest, await connecting).then(show, ({ cause }) => show({ code: cause.code }));
};
show("ready");
