// A note in a PNG file: the chunk tEXt (PNG specification, 11.3.4.3), in ASCII.

const AFTER_HEADER = 8 + 25; // the signature, and the chunk IHDR

export function withNote(png, keyword, text) {
  const type = ascii("tEXt");
  const data = Uint8Array.of(...ascii(keyword), 0, ...ascii(text));
  const sum = crc32([...type, ...data]);
  const chunk = [number(data.length), type, data, number(sum)];
  return new Blob([png.slice(0, AFTER_HEADER), ...chunk, png.slice(AFTER_HEADER)], {
    type: "image/png",
  });
}

function ascii(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function number(value) {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function crc32(bytes) {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
