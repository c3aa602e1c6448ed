import { fileURLToPath } from "node:url";

// The packages stand two folders above.
const root = fileURLToPath(new URL("../..", import.meta.url));

export default { output: "export", outputFileTracingRoot: root, turbopack: { root } };
