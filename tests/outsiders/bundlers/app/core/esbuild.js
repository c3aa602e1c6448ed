// As esbuild names a file of a package, with `--loader:.wasm=file`.
export { default } from "wardkey/core.wasm";
