// The slow work, so that the page never waits: reading, the network, the pixels.
import { annealedMean, gray, join, roots } from "./decoding.js";
import { lightness } from "./color.js";
import { networkSize, shrink } from "./geometry.js";
import { loadModel, run } from "./model.js";

// The preview while the control moves; the full picture is made when it is saved.
const PREVIEW = 1600;
const LARGEST = 16384; // pixels on a side: the largest canvas of browsers
const STRIP = 256; // rows of the full picture made at a time

const loading = loadModel((loaded, total) => {
  postMessage({ type: "loading", loaded, total });
});
loading.then(
  ({ about }) => postMessage({ type: "ready", about }),
  (error) => postMessage({ type: "failed", message: `The model: ${error.message}.` }),
);

let photograph = null; // the newest photograph: pixels, preview and the network's output

const tasks = { open, colour, save };
// Messages are handled one after another: each needs the result before.
let queue = Promise.resolve();
onmessage = ({ data: { type, ...task } }) => {
  queue = queue.then(() => tasks[type](task)).catch((error) => {
    postMessage({ type: "failed", message: error.message, task: type });
  });
};

async function open({ file, decoding }) {
  const began = performance.now();
  const pixels = await readPixels(file);
  const preview = await makePreview(pixels);
  const ys = roots(preview);
  const { width, height } = pixels;
  const original = await createImageBitmap(preview);
  const plain = await createImageBitmap(gray(ys, preview.width, preview.height));
  const opened = { type: "opened", file: file.name, width, height };
  postMessage({ ...opened, original, gray: plain }, [original, plain]);
  const model = await loading;
  const [h, w] = networkSize(height, width, model.about.size);
  const small = shrink(pixels, h, w);
  const input = new Float32Array(h * w);
  for (let i = 0; i < input.length; i++) {
    const [r, g, b] = small.data.subarray(4 * i, 4 * i + 3);
    input[i] = lightness(r, g, b);
  }
  const output = await run(model, input, h, w);
  const { bins, temperature, rebalance } = model.about;
  const logWeights = model.about.weights?.map(Math.log);
  photograph = { pixels, preview, ys, output, bins, logWeights };
  await colour({ decoding: decoding ?? { temperature, rebalance }, began });
}

async function colour({ decoding, began }) {
  if (!photograph) return;
  const { preview, ys } = photograph;
  const picture = join(ys, preview.width, preview.height, decode(decoding));
  const bitmap = await createImageBitmap(picture);
  const seconds = began === undefined ? null : (performance.now() - began) / 1000;
  postMessage({ type: "coloured", bitmap, decoding, seconds }, [bitmap]);
}

async function save({ decoding }) {
  const { data, width, height } = photograph.pixels;
  const ab = decode(decoding);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  for (let top = 0; top < height; top += STRIP) {
    const bottom = Math.min(top + STRIP, height);
    const ys = roots({ data: data.subarray(4 * top * width, 4 * bottom * width) });
    context.putImageData(join(ys, width, height, ab, top), 0, top);
    postMessage({ type: "saving", done: bottom / height });
  }
  const blob = await canvas.convertToBlob({ type: "image/png" });
  postMessage({ type: "saved", blob });
}

// `decoding` has the temperature T and the share τ of rebalancing; a regression needs neither.
function decode(decoding) {
  const { output, bins, logWeights } = photograph;
  if (output.dims[1] === bins.length) {
    return annealedMean(output, bins, decoding, logWeights);
  }
  const [, , height, width] = output.dims;
  return { data: output.data, height, width };
}

// rgba of an image file: upright, in sRGB, over white where it is transparent.
async function readPixels(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Error(`“${file.name}” is no image that this browser can read.`);
  }
  const { width, height } = bitmap;
  const large = `The photograph is too large for this browser: ${width} × ${height}.`;
  if (Math.max(width, height) > LARGEST) throw new Error(large);
  try {
    return draw(bitmap, width, height);
  } catch {
    throw new Error(large);
  } finally {
    bitmap.close();
  }
}

async function makePreview(pixels) {
  const { width, height } = pixels;
  const scale = PREVIEW / Math.max(width, height);
  if (scale >= 1) return pixels;
  const resized = await createImageBitmap(pixels, {
    resizeWidth: Math.max(1, Math.round(width * scale)),
    resizeHeight: Math.max(1, Math.round(height * scale)),
    resizeQuality: "medium",
  });
  return draw(resized, resized.width, resized.height);
}

function draw(bitmap, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}
