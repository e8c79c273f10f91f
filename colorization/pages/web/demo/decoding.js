// From the network's scores to a colour picture.
import { lightness, root, writeColour } from "./color.js";
import { enlarged, resized } from "./geometry.js";
import { putOn } from "./hints.js";

// How far, in Lab units, a tilt towards a colour reaches.
const TILT = 20;
const distance = ([a, b], [otherA, otherB]) => Math.hypot(a - otherA, b - otherB);

// Mean colour of softmax((logits + τ·log w) / T): logits [1, Q, h, w] and Q bins to ab
// [2, h, w]. The logarithms of the class weights, log w, are needed where τ is not 0.
// Bins near the colour `towards` weigh more.
export function annealedMean(logits, bins, look, { logWeights, towards = null } = {}) {
  const { temperature, rebalance } = look;
  const [, count, height, width] = logits.dims;
  const shifts = new Float64Array(count);
  for (let q = 0; q < count; q++) {
    if (rebalance) shifts[q] = rebalance * logWeights[q];
    if (towards) shifts[q] -= (distance(bins[q], towards) / TILT) ** 2 / 2;
  }
  const pixels = height * width;
  const scores = logits.data;
  const ab = new Float32Array(2 * pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    let most = -Infinity;
    for (let q = 0; q < count; q++) {
      most = Math.max(most, scores[q * pixels + pixel] + shifts[q]);
    }
    let [sum, a, b] = [0, 0, 0];
    for (let q = 0; q < count; q++) {
      const score = scores[q * pixels + pixel] + shifts[q];
      const weight = Math.exp((score - most) / temperature);
      sum += weight;
      a += weight * bins[q][0];
      b += weight * bins[q][1];
    }
    ab[pixel] = a / sum;
    ab[pixels + pixel] = b / sum;
  }
  return { data: ab, height, width };
}

// Shares of the bins in the whole picture: the mean of softmax(logits + τ·log w).
export function meanShares({ data, dims }, rebalance, logWeights) {
  const [, count, height, width] = dims;
  const pixels = height * width;
  const mean = new Float64Array(count);
  const here = new Float64Array(count);
  for (let pixel = 0; pixel < pixels; pixel++) {
    let [most, sum] = [-Infinity, 0];
    for (let q = 0; q < count; q++) {
      here[q] = data[q * pixels + pixel] + (rebalance ? rebalance * logWeights[q] : 0);
      most = Math.max(most, here[q]);
    }
    for (let q = 0; q < count; q++) sum += here[q] = Math.exp(here[q] - most);
    for (let q = 0; q < count; q++) mean[q] += here[q] / sum / pixels;
  }
  return mean;
}

// (L + 16) / 116 of each pixel of an rgba picture.
export function roots({ data }) {
  const found = new Float32Array(data.length / 4);
  for (let i = 0; i < found.length; i++) {
    found[i] = root(data[4 * i], data[4 * i + 1], data[4 * i + 2]);
  }
  return found;
}

// L, 0…100, of an rgba picture resized to height × width.
export function reducedLightness(picture, height, width) {
  const { data } = resized(picture, height, width);
  const found = new Float32Array(height * width);
  for (let i = 0; i < found.length; i++) {
    found[i] = lightness(data[4 * i], data[4 * i + 1], data[4 * i + 2]);
  }
  return found;
}

// The picture in black and white: a = b = 0.
export function gray(ys, width, height) {
  const rgba = new Uint8ClampedArray(4 * ys.length);
  for (let i = 0; i < ys.length; i++) writeColour(rgba, 4 * i, ys[i], 0, 0);
  return new ImageData(rgba, width, height);
}

// Rows of a picture of `width` × `height` from `top` on, coloured with ab, and with the
// `paint` of hints (hints.js) if there is any. `ys` has (L + 16) / 116 of these rows' pixels.
export function join(ys, width, height, ab, { top = 0, paint = null } = {}) {
  const rows = ys.length / width;
  const rgba = new Uint8ClampedArray(4 * ys.length);
  const colours = enlarged(ab, height, width);
  const painted = paint && enlarged(paint, height, width, 1);
  for (let y = 0; y < rows; y++) {
    const row = colours(top + y);
    if (painted) putOn(row, painted(top + y), ys.subarray(y * width));
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x;
      writeColour(rgba, 4 * pixel, ys[pixel], row[2 * x], row[2 * x + 1]);
    }
  }
  return new ImageData(rgba, width, rows);
}
