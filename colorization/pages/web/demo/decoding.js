// From the network's scores to a colour picture.
import { root, writeColour } from "./color.js";
import { positions } from "./geometry.js";

// Mean colour of softmax((logits + τ·log w) / T): logits [1, Q, h, w] and Q bins to ab
// [2, h, w]. The logarithms of the class weights, log w, are needed where τ is not 0.
export function annealedMean(logits, bins, { temperature, rebalance }, logWeights) {
  const [, count, height, width] = logits.dims;
  const shifts = new Float64Array(count);
  if (rebalance) for (let q = 0; q < count; q++) shifts[q] = rebalance * logWeights[q];
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

// (L + 16) / 116 of each pixel of an rgba picture.
export function roots({ data }) {
  const found = new Float32Array(data.length / 4);
  for (let i = 0; i < found.length; i++) {
    found[i] = root(data[4 * i], data[4 * i + 1], data[4 * i + 2]);
  }
  return found;
}

// The picture in black and white: a = b = 0.
export function gray(ys, width, height) {
  const rgba = new Uint8ClampedArray(4 * ys.length);
  for (let i = 0; i < ys.length; i++) writeColour(rgba, 4 * i, ys[i], 0, 0);
  return new ImageData(rgba, width, height);
}

// Rows of a picture of `width` × `height` from `top` on, coloured with ab. `ab` belongs to a
// picture of 4·ab.height × 4·ab.width; it is bilinear between samples, and constant beyond
// the last one. `ys` has (L + 16) / 116 of these rows' pixels.
export function join(ys, width, height, ab, top = 0) {
  const rows = ys.length / width;
  const rgba = new Uint8ClampedArray(4 * ys.length);
  const down = positions(height, 4 * ab.height, ab.height);
  const across = positions(width, 4 * ab.width, ab.width);
  const plane = ab.height * ab.width;
  // a and b for one row of the output: rows are interpolated once for all columns.
  const line = new Float64Array(2 * ab.width);
  for (let y = 0; y < rows; y++) {
    const first = down.before[top + y] * ab.width;
    const second = Math.min(first + ab.width, plane - ab.width);
    const part = down.share[top + y];
    for (let x = 0; x < ab.width; x++) {
      for (let c = 0; c < 2; c++) {
        const values = ab.data;
        const above = values[c * plane + first + x];
        const below = values[c * plane + second + x];
        line[2 * x + c] = above + part * (below - above);
      }
    }
    for (let x = 0; x < width; x++) {
      const left = 2 * across.before[x];
      const right = Math.min(left + 2, line.length - 2);
      const on = across.share[x];
      const a = line[left] + on * (line[right] - line[left]);
      const b = line[left + 1] + on * (line[right + 1] - line[left + 1]);
      const pixel = y * width + x;
      writeColour(rgba, 4 * pixel, ys[pixel], a, b);
    }
  }
  return new ImageData(rgba, width, rows);
}
