// A page made of the elements alone.
import "wardkey/elements";

window.heard = [];
for (const name of ["wardkey-signed-in", "wardkey-session", "wardkey-signed", "wardkey-error"]) {
  addEventListener(name, ({ detail }) => window.heard.push({ name, detail }));
}
const document = (id, content) => ({
  id, name: `Note ${id}`, mediaType: "text/plain", content,
});
globalThis.document.querySelector("wardkey-sign").request = {
  format: "cades",
  commitment: "proof_of_approval",
  documents: [document("1", "Rest."), document("2", "Drink plenty.")],
};
