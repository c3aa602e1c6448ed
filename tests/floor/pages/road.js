// Our road beside the bare one: the same calls on each, in turn.

import { connect } from "./sdk/index.js";

const wardkey = await connect();
const { port1: bare, port2 } = new MessageChannel();
const waiting = [];
bare.onmessage = ({ data }) => waiting.shift()(data);
postMessage({ floor: true }, location.origin, [port2]);

/** Sends a message over the bare road; what its host says. */
function echo(message) {
  return new Promise((answered) => {
    waiting.push(answered);
    bare.postMessage(message);
  });
}

/** Milliseconds of each `status`, one after the other, and of each echo of as many octets. */
async function status(rounds) {
  const message = await echoed();
  const times = { road: [], floor: [] };
  for (let round = -WARM_UP; round < rounds; round += 1) {
    const begun = performance.now();
    await wardkey.status();
    const between = performance.now();
    await echo(message);
    note(times, round, between - begun, performance.now() - between);
  }
  return times;
}

/** Milliseconds of many at once, and whether they were answered in the order of their ids. */
async function atOnce(count) {
  const message = await echoed();
  const order = [];
  const places = Array.from({ length: count }, (_, place) => place);
  const begun = performance.now();
  await Promise.all(places.map((place) => wardkey.status().then(() => order.push(place))));
  const between = performance.now();
  await Promise.all(places.map(() => echo(message)));
  const floor = performance.now() - between;
  const inOrder = order.length === count && order.every((place, at) => place === at);
  return { road: between - begun, floor, inOrder };
}

/**
 * Milliseconds of documents to the agent, for as long as the click counts that such calls need: the
 * agent receives all of one, decodes and hashes it and reads it as text, finds its last octet to be
 * none, records that, and says so. On the bare road the same octets go to the host in base64.
 */
async function documents() {
  const [large, small] = [SIZE, 1].map((size) => new Uint8Array(size).fill(0x61, 0, -1).fill(0xff, -1));
  const message = { octets: "YWFh".repeat(Math.ceil(SIZE / 3)) };
  const times = { road: [], floor: [], small: [], bare: [] };
  for (let round = -3; navigator.userActivation.isActive; round += 1) {
    const begun = performance.now();
    if (!(await refused(large))) break;
    const between = performance.now();
    await echo(message);
    const ended = performance.now();
    if (!(await refused(small))) break;
    const after = performance.now();
    await echo({ octets: "/w==" });
    if (round >= 0) times.bare.push(performance.now() - after);
    if (round >= 0) times.small.push(after - ended);
    note(times, round, between - begun, ended - between);
  }
  return times;
}

/** Whether it was refused for what it is, and not because the click had worn off meanwhile. */
async function refused(content) {
  const document = { id: "1", name: "Note", mediaType: "text/plain", content };
  const code = await wardkey.sign({ format: "jws", documents: [document] }).then(
    () => "signed",
    (error) => `${error.code} ${JSON.stringify(error.details)}`,
  );
  if (code.startsWith("gesture_required") && !navigator.userActivation.isActive) return false;
  if (!code.startsWith("document_malformed")) throw new Error(code);
  return true;
}

/** A message of which the echo there and back is as long as `status` and its answer. */
async function echoed() {
  const frame = { v: 1, id: 1, command: "status", args: {}, pad: "" };
  const request = JSON.stringify({ ...frame, pad: undefined });
  const answer = JSON.stringify({ id: 1, ok: await wardkey.status() });
  const length = (request.length + answer.length) / 2 - JSON.stringify(frame).length;
  return { ...frame, pad: "x".repeat(Math.max(length, 0)) };
}

function note(times, round, road, floor) {
  if (round < 0) return;
  times.road.push(road);
  times.floor.push(floor);
}

window.roads = { status, atOnce };
document.querySelector("#send").onclick = async () => {
  window.sent = undefined;
  window.sent = await documents().catch((error) => ({ error: String(error) }));
};

const WARM_UP = 50;
const SIZE = 512 * 1024;
