// The app loads the core itself, in each of the ways there are.
import { connect } from "wardkey/slim";

const core = "wardkey/dist/core.wasm";
const compiled = WebAssembly.compileStreaming(fetch(core));
const ways = {
  answer: () => fetch(core),
  compiled: () => compiled,
  nowhere: () => fetch("nowhere.wasm"),
  octets: async () => (await fetch(core)).arrayBuffer(),
};

const way = new URLSearchParams(location.search).get("way");
connect({ core: ways[way]() })
  .then(async (wardkey) => ({ agent: (await wardkey.status()).agent }))
  .catch(({ code, details }) => ({ code, reason: details?.reason }))
  .then((said) => (document.querySelector("#said").textContent = JSON.stringify(said)));
