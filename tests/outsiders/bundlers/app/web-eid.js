// An app as it is where Wardkey is not there, and Web eID answers.
import { connectWebEid } from "wardkey/adapters/web-eid";

// The test knows them, too.
window.nonce = "bm9uY2Utb2YtdGhlLXNpdGUtb2YtYXQtbGVhc3QtNDQ=";
window.text = "A letter that the site has made.";

const cards = await connectWebEid();
const show = (said) => {
  document.querySelector("#said").textContent = JSON.stringify(said);
};
const onclick = (name, act) => {
  document.querySelector(name).onclick = () => act().then(show, ({ code }) => show({ code }));
};
const base64 = (octets) => btoa(String.fromCharCode(...octets));

onclick("#authenticate", () => cards.authenticate({ nonce }));
onclick("#sign", async () => {
  const documents = [{ id: "1", name: "Letter", mediaType: "text/plain", content: text }];
  const { certificate, results } = await cards.sign({ format: "raw", documents });
  const [{ signature, algorithm, error }] = results;
  if (error) throw error;
  return { certificate: base64(certificate), signature: base64(signature), algorithm };
});
show(await cards.status());
