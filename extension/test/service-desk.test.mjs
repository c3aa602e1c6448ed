import assert from "node:assert/strict";
import { test } from "node:test";
import { serviceDesk, unknownIn } from "../src/service-desk.js";

test("what an administrator says of the service desk is shown, and nothing else", () => {
  const desk = (service_desk) => serviceDesk({ service_desk });
  const good = { text: "IT, extension 1234", url: "https://it.example/wardkey" };
  assert.deepEqual(desk(good), good);
  const nothing = { text: undefined, url: undefined };
  for (const bad of [undefined, null, "desk", [], { text: 7, url: 7 }, { text: "", url: "" }]) {
    assert.deepEqual(desk(bad), nothing);
  }
  for (const url of ["javascript:alert(1)", "http://it.example", "it.example", "data:text/html,x"]) {
    assert.deepEqual(desk({ url }), nothing, url);
  }
});

test("what nobody reads of an administrator's words is known by its path", () => {
  const desk = { text: "IT", url: "https://it.example", phone: "1234" };
  assert.deepEqual(unknownIn({ service_desk: desk, servicedesk: desk }), ["servicedesk", "service_desk.phone"]);
  for (const nothing of [{}, { service_desk: undefined }, { service_desk: { text: "IT" } }]) {
    assert.deepEqual(unknownIn(nothing), []);
  }
});
