// sRGB and CIE L*a*b* (D65, 2°), with the constants of colorization/method/cielab.py.

const WHITE = [0.95047, 1, 1.08883];
// Linear sRGB to XYZ relative to the white point.
export const TO_XYZ = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
].map((row, i) => row.map((value) => value / WHITE[i]));

// Below this, a line replaces the cube root.
const LINEAR_BELOW = 0.008856;
const SLOPE = 7.787;
const OFFSET = 16 / 116;
const ROOT_BELOW = Math.cbrt(LINEAR_BELOW);

// The accuracy at which the gamut's surface is found.
const SLACK = 5e-4;
const HALVINGS = 12;

// Linear light of each 8-bit code.
export const LIGHT = Float64Array.from({ length: 256 }, (_, code) => light(code));

function light(code) {
  const value = code / 255;
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
}

// Linear light to the nearest code, without a power. A table gives the code or the one
// before it, as a bucket is narrower than a code; the light where the next begins decides.
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

// (L + 16) / 116 of 8-bit sRGB, which the functions below use.
export function root(r, g, b) {
  const [, m] = TO_XYZ;
  return curve(m[0] * LIGHT[r] + m[1] * LIGHT[g] + m[2] * LIGHT[b]);
}

export function lightness(r, g, b) {
  return 116 * root(r, g, b) - 16;
}

// The share of X − Y and Z − Y in the linear light of red, green and blue.
const [[RX, , RZ], [GX, , GZ], [BX, , BZ]] = inverse(TO_XYZ);

// Write the 8-bit sRGB of (L + 16) / 116, a and b to rgba at `place`. A colour outside of
// sRGB keeps L and hue and gets paler, as in `into_gamut` of colorization/method/cielab.py.
export function writeColour(rgba, place, y, a, b) {
  const gray = uncurve(y);
  const x = uncurve(y + a / 500) - gray;
  const z = uncurve(y - b / 200) - gray;
  const red = gray + RX * x + RZ * z;
  const green = gray + GX * x + GZ * z;
  const blue = gray + BX * x + BZ * z;
  // A quick test for colours that are clearly inside, which most are.
  const inside =
    red >= 0 && red <= 1 && green >= 0 && green <= 1 && blue >= 0 && blue <= 1;
  if (inside || inGamut(gray, x, z)) write(rgba, place, red, green, blue);
  else writePaler(rgba, place, gray, y, a / 500, b / 200);
}

// Whether sRGB has the colour of (L + 16) / 116, a and b.
export function fits(y, a, b) {
  const gray = uncurve(y);
  return inGamut(gray, uncurve(y + a / 500) - gray, uncurve(y - b / 200) - gray);
}

function write(rgba, place, red, green, blue) {
  rgba[place] = encode(red);
  rgba[place + 1] = encode(green);
  rgba[place + 2] = encode(blue);
  rgba[place + 3] = 255;
}

function inGamut(gray, x, z) {
  const lightest = (1 + SLACK) * (1 - gray);
  const darkest = -(1 + SLACK) * gray;
  const red = RX * x + RZ * z;
  const green = GX * x + GZ * z;
  const blue = BX * x + BZ * z;
  return (
    red <= lightest && green <= lightest && blue <= lightest &&
    red >= darkest && green >= darkest && blue >= darkest
  );
}

// The colour with the largest share of a / 500 and b / 200 in the gamut, by bisection.
function writePaler(rgba, place, gray, y, onX, onZ) {
  let [share, x, z] = [0, 0, 0];
  for (let step = 0.5, i = 0; i < HALVINGS; step /= 2, i++) {
    const t = share + step;
    const nextX = uncurve(y + t * onX) - gray;
    const nextZ = uncurve(y - t * onZ) - gray;
    if (inGamut(gray, nextX, nextZ)) [share, x, z] = [t, nextX, nextZ];
  }
  const red = gray + RX * x + RZ * z;
  const green = gray + GX * x + GZ * z;
  const blue = gray + BX * x + BZ * z;
  write(rgba, place, red, green, blue);
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
