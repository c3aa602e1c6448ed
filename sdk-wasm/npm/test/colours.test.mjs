import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folder } from "./packed.mjs";

const style = readFileSync(join(folder, "dist/elements/style.js"), "utf8");
const colours = [...style.matchAll(/--_([\w-]+): var\(--wardkey-\1, light-dark\((#[\da-f]{6}), (#[\da-f]{6})\)\);/g)];

/** WCAG 2.2, relative luminance. */
function luminance(colour) {
  const [red, green, blue] = octets(colour).map((octet) => {
    const share = octet / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [brighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (brighter + 0.05) / (darker + 0.05);
}

function octets(colour) {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

/** As `color-mix(in srgb, …)` has it. */
function mix(one, share, other) {
  const [a, b] = [octets(one), octets(other)];
  const mixed = a.map((octet, at) => Math.round(octet * share + b[at] * (1 - share)));
  return `#${mixed.map((octet) => octet.toString(16).padStart(2, "0")).join("")}`;
}

test("every colour has one for the day and one for the night", () => {
  assert.equal(colours.length, style.match(/^ {2}--_/gm).length);
});

for (const [name, place] of [["light", 2], ["dark", 3]]) {
  test(`${name}: texts and marks of the elements stand out (WCAG 2.2, 1.4.3 and 1.4.11)`, () => {
    const of = Object.fromEntries(colours.map((colour) => [colour[1], colour[place]]));
    // Of the buttons under the pointer, as the style has it.
    const mixes = style.matchAll(/:hover \{ background: color-mix\(in srgb, var\(--_action\) (\d+)%, var\(--_(\w+)\)\)/g);
    const [hover, mainHover] = [...mixes].map(([, share, other]) => mix(of.action, share / 100, of[other]));
    for (const [text, back] of [
      ["ink", "page"],
      ["soft", "page"],
      ["action", "page"],
      ["good", "page"],
      ["bad", "page"],
      ["action-ink", "action"],
      ["wait", "wait-page"],
      ["bad", "bad-page"],
      // Within a box of help.
      ["ink", "wait-page"],
      ["ink", "bad-page"],
      ["action", "wait-page"],
      ["action", "bad-page"],
    ]) {
      const measured = contrast(of[text], of[back]);
      assert.ok(measured >= 4.5, `${text} on ${back}: ${measured.toFixed(2)}`);
    }
    for (const [text, back, what] of [[of.action, hover, "a button"], [of["action-ink"], mainHover, "a main button"]]) {
      const measured = contrast(text, back);
      assert.ok(measured >= 4.5, `${what} under the pointer: ${measured.toFixed(2)}`);
    }
    for (const back of ["page", "wait-page", "bad-page"]) {
      assert.ok(contrast(of.focus, of[back]) >= 3, `focus on ${back}`);
    }
    assert.ok(contrast(of.wait, of.page) >= 3 && contrast(of.bad, of.page) >= 3, "the edge of help");
  });
}
