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

// An rgba picture averaged to a smaller size, as by Pillow's BOX filter: each new pixel is
// the plain mean of the pixels whose centres lie in it.
export function shrink({ data, width, height }, newHeight, newWidth) {
  const narrow = new Uint8ClampedArray(newWidth * height * 4);
  const columns = boxes(width, newWidth);
  for (let y = 0; y < height; y++) {
    average(data, y * width * 4, 4, narrow, y * newWidth * 4, 4, columns);
  }
  const small = new Uint8ClampedArray(newWidth * newHeight * 4);
  const rows = boxes(height, newHeight);
  for (let x = 0; x < newWidth; x++) {
    average(narrow, x * 4, newWidth * 4, small, x * 4, newWidth * 4, rows);
  }
  return { data: small, width: newWidth, height: newHeight };
}

// For each new pixel, the first of its old pixels and their number.
function boxes(length, newLength) {
  const scale = length / newLength;
  const wide = Math.max(scale, 1);
  return Array.from({ length: newLength }, (_, i) => {
    const centre = (i + 0.5) * scale;
    let first = Math.max(Math.trunc(centre - wide / 2 + 0.5), 0);
    let last = Math.min(Math.trunc(centre + wide / 2 + 0.5), length) - 1;
    const counts = (pixel) => {
      const distance = (pixel - centre + 0.5) * (1 / wide);
      return distance > -0.5 && distance <= 0.5;
    };
    while (first < last && !counts(first)) first++;
    while (last > first && !counts(last)) last--;
    return [first, last - first + 1];
  });
}

// Pillow's fixed-point arithmetic, for equal rounding.
const ONE = 1 << 22;

function average(from, start, step, to, toStart, toStep, boxes) {
  for (let i = 0; i < boxes.length; i++) {
    const [first, count] = boxes[i];
    const weight = Math.floor(0.5 + ONE / count);
    let position = start + first * step;
    let [r, g, b] = [0, 0, 0];
    for (let k = 0; k < count; k++, position += step) {
      r += from[position];
      g += from[position + 1];
      b += from[position + 2];
    }
    const target = toStart + i * toStep;
    to[target] = Math.floor((r * weight + ONE / 2) / ONE);
    to[target + 1] = Math.floor((g * weight + ONE / 2) / ONE);
    to[target + 2] = Math.floor((b * weight + ONE / 2) / ONE);
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
