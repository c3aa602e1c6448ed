import { decode } from "./base64.js";

/** The octets of a module that this package holds as raw DEFLATE (RFC 1951) in base64. */
export async function inflate(text: string): Promise<ArrayBuffer> {
  const inflated = new DecompressionStream("deflate-raw");
  const stream = new Blob([decode(text)]).stream().pipeThrough(inflated);
  return new Response(stream).arrayBuffer();
}
