import assert from "node:assert/strict";
import { test } from "node:test";
import { contextOf } from "../src/background/context.js";

globalThis.chrome = { runtime: { id: "ours" } };

const SENDER = {
  id: "ours",
  origin: "https://ward.example",
  frameId: 0,
  documentId: "d",
  tab: { id: 5, url: "https://ward.example/patients?nhs=1" },
};

test("the top document", () => {
  assert.deepEqual(contextOf(SENDER), {
    origin: "https://ward.example",
    topOrigin: "https://ward.example",
    top: true,
    document: "5/d",
  });
});

test("a frame is told from the page around it", () => {
  const frame = { ...SENDER, origin: "https://frame.example", frameId: 7 };
  assert.deepEqual(contextOf(frame), {
    origin: "https://frame.example",
    topOrigin: "https://ward.example",
    top: false,
    document: "5/d",
  });
});

test("what the browser does not say is the opaque origin, never a guess", () => {
  assert.equal(contextOf({ ...SENDER, origin: undefined }).origin, "null");
  assert.equal(contextOf({ ...SENDER, origin: "null" }).topOrigin, "null");
  for (const url of [undefined, "", "nonsense", "about:blank", "file:///etc/passwd"]) {
    assert.equal(contextOf({ ...SENDER, frameId: 1, tab: { url } }).topOrigin, "null");
  }
});

test("a document that is in no tab of the browser's is told from none", () => {
  for (const id of [undefined, -1]) {
    assert.equal(contextOf({ ...SENDER, tab: { ...SENDER.tab, id } }).document, "d");
  }
});

test("documents without an id get one each", () => {
  const nameless = { ...SENDER, documentId: undefined };
  assert.notEqual(contextOf(nameless).document, contextOf(nameless).document);
});

test("whoever is no document of a tab is nobody", () => {
  assert.equal(contextOf(undefined), undefined);
  assert.equal(contextOf({ ...SENDER, id: "other" }), undefined);
  assert.equal(contextOf({ ...SENDER, tab: undefined }), undefined);
  assert.equal(contextOf({ ...SENDER, frameId: undefined }), undefined);
});
