// A browser's name and version, from what it says of itself.

/** @param {string} userAgent */
export function nameOfBrowser(userAgent) {
  for (const [token, name] of TOKENS) {
    const version = new RegExp(`${token}/([\\d.]+)`).exec(userAgent)?.[1];
    if (version) return `${name} ${version}`;
  }
  return "a browser that does not say its name";
}

/** The first that is there counts: the others name themselves as Chrome too. */
const TOKENS = [
  ["Firefox", "Firefox"],
  ["Edg", "Edge"],
  ["OPR", "Opera"],
  ["Vivaldi", "Vivaldi"],
  ["(?:Headless)?Chrome", "Chromium or Chrome"],
];
