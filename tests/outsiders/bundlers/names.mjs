import { join } from "node:path";

/** What Vite calls the app's parts, when it builds and when it serves. */
export function viteNames(built) {
  return { resolve: { alias: { "core-address": join(built, "core/vite.js") } } };
}
