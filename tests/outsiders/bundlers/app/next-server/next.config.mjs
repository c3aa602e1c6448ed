import { fileURLToPath } from "node:url";

// The packages stand two folders above.
const root = fileURLToPath(new URL("../..", import.meta.url));

export default { outputFileTracingRoot: root, turbopack: { root } };
