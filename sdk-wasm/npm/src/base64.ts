/** Padded standard base64 (RFC 4648, section 4). */
export function encode(octets: Uint8Array): string {
  // Newer than the types, and many times faster.
  const native = (octets as { toBase64?: () => string }).toBase64;
  if (native) return native.call(octets);
  let text = "";
  // In pieces, as arguments of one call are limited.
  for (let at = 0; at < octets.length; at += PIECE) {
    text += String.fromCharCode(...octets.subarray(at, at + PIECE));
  }
  return btoa(text);
}

/** The octets of base64. */
export function decode(text: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }).fromBase64;
  if (native) return native.call(Uint8Array, text);
  const binary = atob(text);
  const octets = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) octets[at] = binary.charCodeAt(at);
  return octets;
}

const PIECE = 0x8000;
