// sRGB and CIE L*a*b* (D65, 2°), with the constants of colorization/color.py.

const WHITE = [0.95047, 1, 1.08883];
// Linear sRGB to XYZ relative to the white point, and back.
export const TO_XYZ = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
].map((row, i) => row.map((value) => value / WHITE[i]));
export const FROM_XYZ = inverse(TO_XYZ);

// Below this the cube root is replaced by a line.
const LINEAR_BELOW = 0.008856;
const SLOPE = 7.787;
const OFFSET = 16 / 116;
const ROOT_BELOW = Math.cbrt(LINEAR_BELOW);

// Linear light of each 8-bit code.
export const LIGHT = Float64Array.from({ length: 256 }, (_, code) => light(code));

function light(code) {
  const value = code / 255;
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
}

// From linear light to the nearest code without a power: a table finds it, or the one
// before, as no bucket is as wide as a code; the light where the next begins decides.
const BUCKETS = 4096;
const BEGINS = Float64Array.from({ length: 257 }, (_, code) =>
  code < 256 ? light(code - 0.5) : Infinity,
);
const CODES = new Uint8Array(BUCKETS + 1);
for (let i = 0, code = 0; i <= BUCKETS; i++) {
  while (BEGINS[code + 1] <= i / BUCKETS) code++;
  CODES[i] = code;
}

export function encode(linear) {
  if (!(linear > 0)) return 0;
  if (linear >= 1) return 255;
  const code = CODES[(linear * BUCKETS) | 0];
  return linear >= BEGINS[code + 1] ? code + 1 : code;
}

// The f of CIE Lab, and its inverse.
function curve(relative) {
  return relative > LINEAR_BELOW ? Math.cbrt(relative) : SLOPE * relative + OFFSET;
}

function uncurve(f) {
  return f > ROOT_BELOW ? f * f * f : (f - OFFSET) / SLOPE;
}

// (L + 16) / 116 of 8-bit sRGB: what all that follows needs of a pixel.
export function root(r, g, b) {
  const [, m] = TO_XYZ;
  return curve(m[0] * LIGHT[r] + m[1] * LIGHT[g] + m[2] * LIGHT[b]);
}

export function lightness(r, g, b) {
  return 116 * root(r, g, b) - 16;
}

// 8-bit sRGB of (L + 16) / 116, a and b, clipped to the gamut, into rgba at `place`.
export function writeColour(rgba, place, y, a, b) {
  const X = uncurve(y + a / 500);
  const Y = uncurve(y);
  const Z = uncurve(y - b / 200);
  for (let i = 0; i < 3; i++) {
    const row = FROM_XYZ[i];
    rgba[place + i] = encode(row[0] * X + row[1] * Y + row[2] * Z);
  }
  rgba[place + 3] = 255;
}

function inverse([[a, b, c], [d, e, f], [g, h, i]]) {
  const [A, B, C] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const scale = 1 / (a * A + b * B + c * C);
  return [
    [A, c * h - b * i, b * f - c * e],
    [B, a * i - c * g, c * d - a * f],
    [C, b * g - a * h, a * e - b * d],
  ].map((row) => row.map((value) => value * scale));
}
