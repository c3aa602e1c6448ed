/** Padded standard base64 (RFC 4648, section 4). */
export function encode(octets: Uint8Array): string {
  let text = "";
  // In pieces, as arguments of one call are limited.
  for (let at = 0; at < octets.length; at += PIECE) {
    text += String.fromCharCode(...octets.subarray(at, at + PIECE));
  }
  return btoa(text);
}

/** The octets of base64. */
export function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

const PIECE = 0x8000;
