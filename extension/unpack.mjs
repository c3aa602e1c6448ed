// Unpacks the packed extension: `node extension/unpack.mjs ARCHIVE FOLDER`.

import { readFileSync } from "node:fs";
import { write } from "./pack.mjs";
import { unzip } from "./zip.mjs";

const [archive, folder] = process.argv.slice(2);
if (!archive || !folder) {
  console.error("usage: node extension/unpack.mjs ARCHIVE FOLDER");
  process.exit(2);
}
write(folder, unzip(readFileSync(archive)));
