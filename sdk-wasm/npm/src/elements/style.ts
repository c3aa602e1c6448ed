/**
 * The look of the elements. An app changes it by the custom properties below, by `color-scheme`,
 * and by parts. No style is written into the page, so that the strictest policy of contents does.
 */
export function style(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}

let sheet: CSSStyleSheet | undefined;

const CSS = `
:host {
  --_page: var(--wardkey-page, light-dark(#ffffff, #16212d));
  --_ink: var(--wardkey-ink, light-dark(#14212e, #eef3f8));
  --_soft: var(--wardkey-soft, light-dark(#455463, #b4c2d0));
  --_line: var(--wardkey-line, light-dark(#c6d1dc, #3a4b5c));
  --_action: var(--wardkey-action, light-dark(#0b5fad, #7fbcff));
  --_action-ink: var(--wardkey-action-ink, light-dark(#ffffff, #071b30));
  --_wait: var(--wardkey-wait, light-dark(#7a4a00, #ffd27a));
  --_wait-page: var(--wardkey-wait-page, light-dark(#fff3d9, #3b2d0c));
  --_bad: var(--wardkey-bad, light-dark(#a61b1b, #ffa3a3));
  --_bad-page: var(--wardkey-bad-page, light-dark(#fdecec, #43191d));
  --_good: var(--wardkey-good, light-dark(#0a6640, #6fdaa3));
  --_focus: var(--wardkey-focus, light-dark(#0b5fad, #ffcf33));
  display: block;
  color: var(--_ink);
  line-height: 1.5;
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
p { margin: 0; }
.row { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; }
.stack { display: grid; gap: .75rem; }
button {
  min-height: 2.75rem; padding: .5rem 1.125rem; border: 2px solid var(--_action);
  border-radius: 8px; background: var(--_page); color: var(--_action);
  font: inherit; font-weight: 650; cursor: pointer;
}
button:hover { background: color-mix(in srgb, var(--_action) 12%, var(--_page)); }
button.main { background: var(--_action); color: var(--_action-ink); }
button.main:hover { background: color-mix(in srgb, var(--_action) 85%, var(--_ink)); }
button[aria-disabled="true"], button.main[aria-disabled="true"], button.main[aria-disabled="true"]:hover {
  border-color: var(--_line); background: var(--_page); color: var(--_soft); cursor: default;
}
:focus-visible { outline: 3px solid var(--_focus); outline-offset: 2px; }
a { color: var(--_action); font-weight: 600; }
[part~="status"] { display: grid; gap: .75rem; }
/* Still there for screen readers, but no row of its own. */
[part~="status"]:not(:has(> :not([hidden]))) { position: absolute; }
[part~="message"] { display: flex; align-items: center; gap: .625rem; color: var(--_soft); }
.turning::before {
  content: ""; flex: none; width: 1.1em; height: 1.1em; border: .16em solid var(--_line);
  border-top-color: var(--_action); border-radius: 50%; animation: turn 1s linear infinite;
}
@keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { .turning::before { animation-duration: 6s; } }
[part~="help"] {
  display: grid; gap: .25rem; justify-items: start; padding: .875rem 1rem;
  border: 1px solid currentColor; border-inline-start-width: 6px; border-radius: 8px;
  background: var(--_wait-page); color: var(--_wait); overflow-wrap: anywhere;
}
[part~="help"].bad { background: var(--_bad-page); color: var(--_bad); }
[part~="help-title"] { font-weight: 700; }
[part~="help-text"] { color: var(--_ink); }
[part~="help"] .row { margin-top: .5rem; }
[part~="bar"] {
  display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center;
  justify-content: space-between; padding: .75rem 1rem; border: 1px solid var(--_line);
  border-radius: 8px; background: var(--_page);
}
[part~="who"] { display: grid; }
[part~="user"] { font-weight: 700; }
[part~="role"], [part~="time"] { color: var(--_soft); font-size: .9375em; }
progress { width: 100%; height: .75rem; accent-color: var(--_action); }
[part~="results"] { margin: 0; padding: 0; list-style: none; display: grid; gap: .5rem; }
[part~="result"] { display: grid; gap: .125rem; padding-inline-start: 1.75rem; position: relative; }
[part~="result"]::before { position: absolute; left: 0; font-weight: 700; }
[part~="result-good"]::before { content: "\\2713"; color: var(--_good); }
[part~="result-bad"]::before { content: "\\2717"; color: var(--_bad); }
[part~="result"] span + span { color: var(--_soft); font-size: .9375em; }
@media (forced-colors: active) {
  button, [part~="help"], [part~="bar"] { border-color: CanvasText; }
}
`;
