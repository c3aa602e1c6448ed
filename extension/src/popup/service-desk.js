// What an administrator has the browser say of the service desk. Browsers check the schema, but not
// all of them, and not what an address is.

/**
 * The texts of managed storage that are fit to be shown.
 *
 * @param {{ service_desk?: unknown }} managed
 * @returns {{ text?: string, url?: string }}
 */
export function serviceDesk({ service_desk: desk }) {
  /** @type {{ text?: unknown, url?: unknown }} */
  const { text, url } = desk && typeof desk === "object" ? desk : {};
  return {
    text: typeof text === "string" && text ? text : undefined,
    url: typeof url === "string" && URL.canParse(url) && new URL(url).protocol === "https:" ? url : undefined,
  };
}
