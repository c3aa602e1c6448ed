// As a page names it that has no bundler.
export default new URL("../wardkey/dist/core.wasm", import.meta.url);
