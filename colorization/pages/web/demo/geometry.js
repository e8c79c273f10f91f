// Sizes: from a photograph's pixels to the network's, and back.

// The network's output has a sample for every fourth pixel, starting at pixel 0.
const STRIDE = 4;

// Height and width that the network sees: the shorter side is `size`, both are multiples
// of 8, and the longer side has a limit.
export function networkSize(height, width, size) {
  const scale = size / Math.min(height, width);
  return [height, width].map((side) => {
    const eighths = Math.floor((side * scale) / 8 + 0.5);
    return Math.min(Math.max(8 * eighths, 8), 4096);
  });
}

// Pillow's filters: the weight of a pixel by its distance, and how far they reach.
const BOX = { reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };
const BICUBIC = {
  reach: 2,
  weight(x) {
    const d = Math.abs(x);
    if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
    return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
  },
};

// An rgba picture of another size, as Pillow resizes it: reduced with BOX, so that each new
// pixel is the mean of those that lie in it, or enlarged with BICUBIC.
export function resized({ data, width, height }, newHeight, newWidth) {
  const filter = newHeight > height || newWidth > width ? BICUBIC : BOX;
  const wide = new Uint8ClampedArray(newWidth * height * 4);
  const columns = parts(width, newWidth, filter);
  for (let y = 0; y < height; y++) {
    mix(data, y * width * 4, 4, wide, y * newWidth * 4, 4, columns);
  }
  const result = new Uint8ClampedArray(newWidth * newHeight * 4);
  const rows = parts(height, newHeight, filter);
  for (let x = 0; x < newWidth; x++) {
    mix(wide, x * 4, newWidth * 4, result, x * 4, newWidth * 4, rows);
  }
  return { data: result, width: newWidth, height: newHeight };
}

// Pillow's fixed-point arithmetic, for equal rounding.
const ONE = 1 << 22;

// For each new pixel, the first of its old pixels, and the weight of each.
function parts(length, newLength, { reach, weight }) {
  const scale = length / newLength;
  const wide = Math.max(scale, 1);
  return Array.from({ length: newLength }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - reach * wide + 0.5), 0);
    const end = Math.min(Math.trunc(centre + reach * wide + 0.5), length);
    const weights = Array.from({ length: end - first }, (_, k) =>
      weight((first + k - centre + 0.5) / wide));
    const sum = weights.reduce((total, value) => total + value, 0);
    return [first, weights.map((value) => Math.round((value / sum) * ONE))];
  });
}

function mix(from, start, step, to, toStart, toStep, parts) {
  for (let i = 0; i < parts.length; i++) {
    const [first, weights] = parts[i];
    let position = start + first * step;
    let [r, g, b] = [ONE / 2, ONE / 2, ONE / 2];
    for (const weight of weights) {
      r += from[position] * weight;
      g += from[position + 1] * weight;
      b += from[position + 2] * weight;
      position += step;
    }
    // The array clamps to 0…255.
    const target = toStart + i * toStep;
    to[target] = Math.floor(r / ONE);
    to[target + 1] = Math.floor(g / ONE);
    to[target + 2] = Math.floor(b / ONE);
    to[target + 3] = 255;
  }
}

// For each of `length` pixels, the network's sample before it, and the distance to the next
// as a share. The network saw the photograph `seen` pixels long and gave `samples`, one for
// every `stride` pixels.
export function positions(length, seen, samples, stride = STRIDE) {
  const before = new Int32Array(length);
  const share = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const centre = ((i + 0.5) * seen) / length - 0.5;
    const position = Math.min(Math.max(centre / stride, 0), samples - 1);
    before[i] = Math.min(Math.floor(position), Math.max(samples - 2, 0));
    share[i] = position - before[i];
  }
  return { before, share };
}

// A function from y to row y of a grid enlarged to height × width: bilinear between samples,
// constant beyond the last one. The grid has planes × its own height × width values, the row
// the planes' values pixel by pixel. Each call writes to the same row.
export function enlarged(grid, height, width, stride = STRIDE) {
  const down = positions(height, stride * grid.height, grid.height, stride);
  const across = positions(width, stride * grid.width, grid.width, stride);
  const size = grid.height * grid.width;
  const planes = grid.data.length / size;
  // Rows are interpolated once for all columns.
  const line = new Float64Array(planes * grid.width);
  const row = new Float64Array(planes * width);
  return (y) => {
    const first = down.before[y] * grid.width;
    const second = Math.min(first + grid.width, size - grid.width);
    const part = down.share[y];
    for (let x = 0; x < grid.width; x++) {
      for (let c = 0; c < planes; c++) {
        const above = grid.data[c * size + first + x];
        const below = grid.data[c * size + second + x];
        line[planes * x + c] = above + part * (below - above);
      }
    }
    for (let x = 0; x < width; x++) {
      const left = planes * across.before[x];
      const right = Math.min(left + planes, line.length - planes);
      const on = across.share[x];
      for (let c = 0; c < planes; c++) {
        row[planes * x + c] = line[left + c] + on * (line[right + c] - line[left + c]);
      }
    }
    return row;
  };
}
