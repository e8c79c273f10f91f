// Colours that a person gives to places: the same as colorization/method/hints.py, which
// says how and why. A hint has x and y, shares of the photograph's width and height, and the
// colour a and b.
import { enlarged } from "./geometry.js";

export const GUIDE = 256;
const ALIKE = { distribution: 0.25, lightness: 12 };
const LEVELS = 1024;
const FADE = { none: 0.25, whole: 0.6 };
const SMOOTH = { radius: 2, variance: 3e-3 };
const EDGES = { radius: 4, variance: 1e-3 };

// Shares of the bins at a place, before the temperature and the class weights.
export function distribution({ data, dims }, seen, { x, y }) {
  const [, count, height, width] = dims;
  const cell = nearest(y, seen.height, height) * width + nearest(x, seen.width, width);
  return softmax(data, count, height * width, cell);
}

// The network's sample that is nearest to a share of a side, which it saw `seen` pixels long.
function nearest(share, seen, samples) {
  const stride = seen / samples;
  const position = Math.floor((share * seen - 0.5) / stride + 0.5);
  return Math.min(Math.max(position, 0), samples - 1);
}

function softmax(scores, count, cells, cell) {
  const shares = new Float64Array(count);
  let most = -Infinity;
  for (let q = 0; q < count; q++) most = Math.max(most, scores[q * cells + cell]);
  let sum = 0;
  for (let q = 0; q < count; q++) {
    sum += shares[q] = Math.exp(scores[q * cells + cell] - most);
  }
  for (let q = 0; q < count; q++) shares[q] /= sum;
  return shares;
}

// What hints are spread along: L / 100 of a reduced copy, and the same without texture.
// `lightness` is L, 0…100.
export function makeGuide(lightness, height, width) {
  const light = Float64Array.from(lightness, (L) => L / 100);
  const smooth = new Float64Array(light.length);
  const [slope, shift] = guided(light, [light], height, width, SMOOTH);
  for (let i = 0; i < smooth.length; i++) smooth[i] = slope[i] * light[i] + shift[i];
  return { light, smooth, height, width };
}

// How much each cell of the guide belongs to the place of a hint, 0 to 1.
export function membership(guide, logits, seen, hint) {
  const { smooth, height, width } = guide;
  const alike = likeness(logits, distribution(logits, seen, hint));
  const row = Math.min(Math.floor(hint.y * height), height - 1);
  const seed = row * width + Math.min(Math.floor(hint.x * width), width - 1);
  const levels = new Int32Array(smooth.length);
  const enlarge = enlarged(alike, height, width);
  for (let y = 0, i = 0; y < height; y++) {
    const line = enlarge(y);
    for (let x = 0; x < width; x++, i++) {
      const other = (1 - line[x]) / ALIKE.distribution;
      const lighter = (100 * (smooth[i] - smooth[seed])) / ALIKE.lightness;
      levels[i] = Math.floor(LEVELS * Math.exp(-other * other - lighter * lighter));
    }
  }
  return reach(levels, width, seed).map((level) => {
    const t = (level / LEVELS - FADE.none) / (FADE.whole - FADE.none);
    const share = Math.min(Math.max(t, 0), 1);
    return share * share * (3 - 2 * share);
  });
}

// Bhattacharyya coefficients of the distribution at a place with those at all samples.
function likeness({ data, dims }, there) {
  const [, count, height, width] = dims;
  const found = new Float64Array(height * width);
  for (let cell = 0; cell < found.length; cell++) {
    const here = softmax(data, count, height * width, cell);
    for (let q = 0; q < count; q++) found[cell] += Math.sqrt(here[q] * there[q]);
  }
  return { data: found, height, width };
}

// For each cell, the least level on the best path to it from the seed.
function reach(levels, width, seed) {
  const found = new Float64Array(levels.length);
  const waiting = Array.from({ length: LEVELS + 1 }, () => []);
  const seen = new Uint8Array(levels.length);
  waiting[levels[seed]].push(seed);
  for (let level = LEVELS; level > FADE.none * LEVELS; level--) {
    while (waiting[level].length) {
      const cell = waiting[level].pop();
      if (seen[cell]) continue;
      seen[cell] = 1;
      found[cell] = level;
      const x = cell % width;
      const onward = (next) => {
        if (!seen[next]) waiting[Math.min(level, levels[next])].push(next);
      };
      if (x > 0) onward(cell - 1);
      if (x < width - 1) onward(cell + 1);
      if (cell >= width) onward(cell - width);
      if (cell < levels.length - width) onward(cell + width);
    }
  }
  return found;
}

// What the hints paint: six planes, of which `putOn` makes shares and colours. `members`
// are the hints' memberships. A later hint lies on earlier ones.
export function makePaint({ light, height, width }, hints, members) {
  const size = light.length;
  const [share, a, b] = [0, 1, 2].map(() => new Float64Array(size));
  hints.forEach((hint, k) => {
    for (let i = 0; i < size; i++) {
      const on = members[k][i];
      share[i] += on * (1 - share[i]);
      a[i] += on * (hint.a - a[i]);
      b[i] += on * (hint.b - b[i]);
    }
  });
  const planes = guided(light, [share, a, b], height, width, EDGES);
  const data = new Float64Array(6 * size);
  planes.forEach((plane, i) => data.set(plane, i * size));
  return { data, height, width };
}

// Put a row of paint onto a row of ab. `ys` begins with this row's (L + 16) / 116.
export function putOn(ab, paint, ys) {
  for (let x = 0; x < ab.length / 2; x++) {
    const light = 1.16 * ys[x] - 0.16;
    const share = paint[6 * x] * light + paint[6 * x + 1];
    if (share <= 0) continue;
    const on = Math.min(share, 1);
    for (let c = 0; c < 2; c++) {
      const p = 6 * x + 2 + 2 * c;
      const colour = (paint[p] * light + paint[p + 1]) / share;
      ab[2 * x + c] += on * (colour - ab[2 * x + c]);
    }
  }
}

// The guided filter: slope and shift for each plane, with which slope·light + shift is that
// plane, smooth but for the edges of `light`.
function guided(light, planes, height, width, { radius, variance }) {
  const mean = (plane) => box(plane, height, width, radius);
  const times = (one, other) => one.map((value, i) => value * other[i]);
  const [lights, squares] = [mean(light), mean(times(light, light))];
  const found = [];
  for (const plane of planes) {
    const [means, products] = [mean(plane), mean(times(light, plane))];
    const slope = new Float64Array(plane.length);
    const shift = new Float64Array(plane.length);
    for (let i = 0; i < plane.length; i++) {
      const spread = squares[i] - lights[i] * lights[i];
      slope[i] = (products[i] - lights[i] * means[i]) / (spread + variance);
      shift[i] = means[i] - slope[i] * lights[i];
    }
    found.push(mean(slope), mean(shift));
  }
  return found;
}

// Means over windows of 2·radius + 1 cells; the last cells go on beyond the edges.
function box(plane, height, width, radius) {
  const across = new Float64Array(plane.length);
  const both = new Float64Array(plane.length);
  const side = 2 * radius + 1;
  const within = (value, length) => Math.min(Math.max(value, 0), length - 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let d = -radius; d <= radius; d++) sum += plane[y * width + within(x + d, width)];
      across[y * width + x] = sum / side;
    }
  }
  for (let y = 0; y < height; y++) {
    for (let d = -radius; d <= radius; d++) {
      const row = within(y + d, height) * width;
      for (let x = 0; x < width; x++) both[y * width + x] += across[row + x] / side;
    }
  }
  return both;
}
