import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const [light, dark] = readFileSync(new URL("../src/colours.css", import.meta.url), "utf8")
  .split("@media")
  .map((part) => Object.fromEntries([...part.matchAll(/--([\w-]+): (#[\da-f]{6});/g)].map(([, name, colour]) => [name, colour])));

/** WCAG 2.2, relative luminance. */
function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [brighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (brighter + 0.05) / (darker + 0.05);
}

for (const [name, colours] of [["light", light], ["dark", dark]]) {
  test(`${name}: texts and marks stand out (WCAG 2.2, 1.4.3 and 1.4.11)`, () => {
    assert.deepEqual(Object.keys(colours), Object.keys(light));
    for (const back of ["page", "raised"]) {
      for (const text of ["ink", "soft", "action", "good", "bad", "wait"]) {
        const measured = contrast(colours[text], colours[back]);
        assert.ok(measured >= 4.5, `${text} on ${back}: ${measured.toFixed(2)}`);
      }
      assert.ok(contrast(colours.focus, colours[back]) >= 3, `focus on ${back}`);
    }
    for (const [text, back] of [
      ["action-ink", "action"],
      ["action", "hover"],
      ["ink", "good-back"],
      ["ink", "bad-back"],
      ["ink", "wait-back"],
      ["page", "good"],
    ]) {
      const measured = contrast(colours[text], colours[back]);
      assert.ok(measured >= 4.5, `${text} on ${back}: ${measured.toFixed(2)}`);
    }
  });
}
