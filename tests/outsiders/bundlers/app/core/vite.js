// As Vite names the address of a file of a package.
export { default } from "wardkey/core.wasm?url";
