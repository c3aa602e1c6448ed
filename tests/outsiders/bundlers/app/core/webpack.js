// As webpack and Next name the address of a file of a package.
export default new URL("wardkey/core.wasm", import.meta.url);
