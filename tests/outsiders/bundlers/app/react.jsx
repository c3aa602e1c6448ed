// A page in React, by the hooks alone. It is built for development, where strict mode shows each
// component twice.
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { Sample } from "./sample.jsx";
import { useSession, useSign, useWardkey, useWardkeyEvent } from "wardkey/react";

// What became of each call to sign, for the test.
window.ended = [];

function Ward() {
  const { wardkey, error } = useWardkey();
  const session = useSession(wardkey);
  const [heard, setHeard] = useState([]);
  const [shown, setShown] = useState(true);
  const hear = (event) => setHeard((before) => [...before, event]);
  useWardkeyEvent(wardkey, "session_started", () => hear("session_started"));
  useWardkeyEvent(wardkey, "card_removed", () => hear("card_removed"));
  useWardkeyEvent(wardkey, "session_ended", ({ cause }) => hear(`session_ended ${cause}`));
  if (error) return <p role="alert">{error.message} {error.remedy}</p>;
  return (
    <main>
      <p id="session">{session === null ? "nobody" : session?.user?.name}</p>
      <button id="sign-in" onClick={() => wardkey?.signIn()}>Sign in</button>
      <button id="letter" onClick={() => setShown(!shown)}>{shown ? "Put away" : "Take out"}</button>
      {session && shown && <Letter wardkey={wardkey} />}
      <ol id="heard">{heard.map((event, at) => <li key={at}>{event}</li>)}</ol>
    </main>
  );
}

function Letter({ wardkey }) {
  const { busy, progress, result, error, sign, cancel } = useSign(wardkey);
  const document = (id, content) => ({ id, name: `Letter ${id}`, mediaType: "text/plain", content });
  const documents = [document("1", "Rest."), document("2", "Drink plenty.")];
  const press = async () => {
    const signed = await sign({ format: "cades", documents });
    window.ended.push(signed ? "signed" : "not signed");
  };
  return (
    <section>
      <button id="sign" disabled={busy} onClick={press}>Sign</button>
      {busy && <button id="cancel" onClick={cancel}>Cancel</button>}
      {progress && <progress id="progress" max={progress.total} value={progress.done} />}
      {result && <p id="signed" ref={() => { window.signed = result; }}>{result.results.length} signed</p>}
      {error && <p id="error">{error.code}</p>}
    </section>
  );
}

window.root = createRoot(document.querySelector("#root"));
window.root.render(<StrictMode><Ward /></StrictMode>);
// As the package's own types show it.
createRoot(document.querySelector("#sample")).render(<StrictMode><Sample /></StrictMode>);
