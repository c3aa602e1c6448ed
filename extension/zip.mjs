// ZIP archives (APPNOTE 6.3) without compression and without dates: the same files give the same
// octets, with any version of Node.

/**
 * Packs files, in the order given.
 *
 * @param {{ name: string, content: Buffer }[]} files
 */
export function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, content } of files) {
    const header = entry(name, content);
    const local = Buffer.concat([word(LOCAL), header, Buffer.from(name)]);
    // Made by: 2.0 on Unix; a plain file that its owner writes and everyone reads.
    const made = Buffer.concat([half(0x0314), header, half(0), half(0), half(0)]);
    const mode = word((0o100644 << 16) >>> 0);
    directory.push(Buffer.concat([word(CENTRAL), made, mode, word(offset), Buffer.from(name)]));
    parts.push(local, content);
    offset += local.length + content.length;
  }
  const central = Buffer.concat(directory);
  const counts = Buffer.concat([half(0), half(0), half(files.length), half(files.length)]);
  const end = Buffer.concat([word(END), counts, word(central.length), word(offset), half(0)]);
  return Buffer.concat([...parts, central, end]);
}

/**
 * Reads what {@link zip} wrote.
 *
 * @param {Buffer} archive
 * @returns {{ name: string, content: Buffer }[]}
 */
export function unzip(archive) {
  const files = [];
  let at = 0;
  while (archive.readUInt32LE(at) === LOCAL) {
    const [method, sum, size] = [
      archive.readUInt16LE(at + 8),
      archive.readUInt32LE(at + 14),
      archive.readUInt32LE(at + 18),
    ];
    const nameEnd = at + 30 + archive.readUInt16LE(at + 26);
    const name = archive.toString("utf8", at + 30, nameEnd);
    const content = archive.subarray(nameEnd, nameEnd + size);
    if (method !== 0 || crc32(content) !== sum) throw new Error(`${name}: not one of our archives`);
    if (name.startsWith("/") || name.split("/").includes("..")) throw new Error(`bad name ${name}`);
    files.push({ name, content });
    at = nameEnd + size;
  }
  return files;
}

/** The fields that a local header and a central one share. */
function entry(name, content) {
  return Buffer.concat([
    half(20), // needs version 2.0
    half(0x0800), // names are UTF-8
    half(0), // stored
    half(0), // 00:00
    half(0x0021), // 1980-01-01, the oldest date there is
    word(crc32(content)),
    word(content.length),
    word(content.length),
    half(Buffer.byteLength(name)),
    half(0),
  ]);
}

function crc32(content) {
  let sum = 0xffff_ffff;
  for (const octet of content) {
    sum ^= octet;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb8_8320 : 0);
  }
  return ~sum >>> 0;
}

function half(value) {
  const octets = Buffer.alloc(2);
  octets.writeUInt16LE(value);
  return octets;
}

function word(value) {
  const octets = Buffer.alloc(4);
  octets.writeUInt32LE(value);
  return octets;
}

const LOCAL = 0x0403_4b50;
const CENTRAL = 0x0201_4b50;
const END = 0x0605_4b50;
