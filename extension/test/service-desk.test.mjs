import assert from "node:assert/strict";
import { test } from "node:test";
import { serviceDesk } from "../src/popup/service-desk.js";

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
