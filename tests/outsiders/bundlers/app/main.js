// An app as anybody would write it; what it finds stands in the page.
import { connect } from "wardkey";
import "wardkey/elements";

const begun = performance.now();
const since = () => performance.now() - begun;

async function find() {
  try {
    const wardkey = await connect();
    const found = since();
    const { agent } = await wardkey.status();
    wardkey.close();
    return { agent, found };
  } catch ({ code, remedy }) {
    return { code, remedy, took: since() };
  }
}

find().then((said) => {
  document.querySelector("#said").textContent = JSON.stringify(said);
});

// Loaded when it is needed, in a chunk of its own where the bundler makes chunks.
window.verifyNote = async ({ note, root, list, time }) => {
  const { verify } = await import("wardkey/verify");
  const report = await verify(note, { anchors: [root], crls: [list], time: new Date(time) });
  return report.verdict;
};

// Elsewhere in an app, where it loads the core by itself.
window.connectSlim = async () => {
  const [slim, { default: core }] = await Promise.all([import("wardkey/slim"), import("core-address")]);
  const wardkey = await slim.connect({ core: fetch(core) });
  const { agent } = await wardkey.status();
  wardkey.close();
  return agent;
};
