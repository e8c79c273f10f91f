// The slow work, so that the page never waits: reading, the network, the pixels. Messages and
// answers carry the id of the photograph that they are about.
import { alternatives } from "./alternatives.js";
import {
  annealedMean, gray, join, meanShares, reducedLightness, roots,
} from "./decoding.js";
import { networkSize } from "./geometry.js";
import { GUIDE, distribution, makeGuide, makePaint, membership } from "./hints.js";
import { loadModel, run } from "./model.js";
import { withNote } from "./png.js";
import { readPixels, reduce } from "./reading.js";

// The preview while the control moves; the full picture is made when it is saved.
const PREVIEW = 1600;
const THUMBNAIL = 240;
const STRIP = 256; // rows of the full picture made at a time

const loading = loadModel({
  described: (about) => postMessage({ type: "described", about }),
  progress: (loaded, total) => postMessage({ type: "loading", loaded, total }),
});
loading.then(
  () => postMessage({ type: "ready" }),
  ({ message }) => postMessage({ type: "unavailable", message }),
);

let opened = null; // the photograph that was opened last, once all of it is there

const tasks = { open, colour, save, thumbnail, versions };
// Messages are handled one after another: each needs the result before. Only questions, which
// are quick, do not wait.
let queue = Promise.resolve();
onmessage = ({ data: { type, ...task } }) => {
  if (type === "ask") return ask(task);
  queue = queue.then(() => tasks[type](task)).catch((error) => {
    const message = inWords(error, task.file);
    postMessage({ type: "failed", id: task.id, task: type, message });
  });
};

function inWords(error, file) {
  if (error.constructor === Error) return error.message; // a sentence of these scripts
  const what = `${file ? `“${file.name}”` : "The photograph"} could not be colorized`;
  if (error instanceof RangeError) {
    return `${what}: this browser has too little memory for it. Close other pages, or take a smaller one.`;
  }
  console.error(error);
  return `${what}: something in this page went wrong. Load the page again.`;
}

async function open({ id, file, look, hints }) {
  const began = performance.now();
  const pixels = await readPixels(file);
  const preview = await reduce(pixels, PREVIEW);
  const ys = roots(preview);
  const original = await createImageBitmap(preview);
  const plain = await createImageBitmap(gray(ys, preview.width, preview.height));
  const size = { width: pixels.width, height: pixels.height };
  postMessage({ type: "read", id, size, original, gray: plain }, [original, plain]);
  const model = await loading.catch(() => null);
  if (!model) return; // `unavailable` has been said
  const { temperature, rebalance } = model.about;
  look ??= { temperature, rebalance };
  const next = { id, pixels, preview, ys, ...(await see(model, pixels)) };
  const bitmap = await picture(next, look, paintOf(next, hints));
  opened = next;
  const seconds = (performance.now() - began) / 1000;
  postMessage({ type: "opened", id, bitmap, look, hints, seconds }, [bitmap]);
}

async function colour({ id, look, hints }) {
  if (opened?.id !== id) return;
  const bitmap = await picture(opened, look, paintOf(opened, hints));
  postMessage({ type: "coloured", id, bitmap, look, hints }, [bitmap]);
}

function ask({ id, place }) {
  if (opened?.id !== id) return;
  const { output, seen, about, preview, ys } = opened;
  const shares = distribution(output, seen, place);
  const x = Math.min(Math.floor(place.x * preview.width), preview.width - 1);
  const y = Math.min(Math.floor(place.y * preview.height), preview.height - 1);
  const light = 116 * ys[y * preview.width + x] - 16;
  const choices = alternatives(shares, about.bins);
  postMessage({ type: "asked", id, place, light, shares, choices });
  setTimeout(() => opened?.id === id && guideOf(opened)); // while the person looks
}

async function save({ id, name, file, look, hints }) {
  const photograph = opened?.id === id ? opened : await study(file);
  const { data, width, height } = photograph.pixels;
  const ab = decode(photograph, look);
  const paint = paintOf(photograph, hints);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  for (let top = 0; top < height; top += STRIP) {
    const bottom = Math.min(top + STRIP, height);
    const ys = roots({ data: data.subarray(4 * top * width, 4 * bottom * width) });
    context.putImageData(join(ys, width, height, ab, { top, paint }), 0, top);
    postMessage({ type: "saving", id, done: bottom / height });
  }
  const png = await canvas.convertToBlob({ type: "image/png" });
  const blob = withNote(png, "Comment", note(photograph, look, hints));
  postMessage({ type: "saved", id, name, blob });
}

function note({ about }, { temperature, rebalance }, hints) {
  const given = hints.length ? `, with ${hints.length} hints by a person` : "";
  return (
    `Colorized: the colours were guessed by a neural network (run ${ascii(about.name)}, ` +
    `temperature ${temperature}, rebalance ${rebalance})${given}. Light and dark are ` +
    "the photograph's own."
  );
}

const ascii = (text) => text.replace(/[^ -~]/g, "?");

// Small pictures with other looks. One that needs a colour which the photograph does not
// have is null.
async function versions({ id, hints, looks }) {
  if (opened?.id !== id) return;
  const preview = await reduce(opened.preview, THUMBNAIL);
  const small = { ...opened, preview, ys: roots(preview) };
  const paint = paintOf(opened, hints);
  const bitmaps = [];
  for (const look of looks) {
    const possible = !look.tilt || look.tilt < tonesOf(small).length;
    bitmaps.push(possible ? await picture(small, look, paint) : null);
  }
  postMessage({ type: "versions", id, bitmaps }, bitmaps.filter(Boolean));
}

// A small picture, for the film strip.
async function thumbnail({ id, file, look, hints }) {
  const photograph = await study(file);
  if (!photograph) return;
  const preview = await reduce(photograph.pixels, THUMBNAIL);
  const small = { ...photograph, preview, ys: roots(preview) };
  const bitmap = await picture(small, look, paintOf(photograph, hints));
  postMessage({ type: "thumbnail", id, bitmap }, [bitmap]);
}

async function study(file) {
  const pixels = await readPixels(file);
  const model = await loading.catch(() => null);
  return model && { pixels, ...(await see(model, pixels)) };
}

// What the network says of a photograph, and what decoding needs of the model.
async function see(model, pixels) {
  const { about } = model;
  const [height, width] = networkSize(pixels.height, pixels.width, about.size);
  const light = reducedLightness(pixels, height, width);
  const output = await run(model, light, height, width);
  return {
    about,
    output,
    seen: { height, width },
    logWeights: about.weights?.map(Math.log),
    guide: null,
    tones: null,
    members: new Map(), // of hints, by their places
  };
}

function picture(photograph, look, paint) {
  const { ys, preview: { width, height } } = photograph;
  return createImageBitmap(join(ys, width, height, decode(photograph, look), { paint }));
}

// `look` has the temperature T and the share τ of rebalancing; a regression needs neither.
function decode(photograph, look) {
  const { output, about, logWeights } = photograph;
  if (isRegression(photograph)) {
    const [, , height, width] = output.dims;
    return { data: output.data, height, width };
  }
  const towards = look.tilt ? tonesOf(photograph)[look.tilt] : null;
  return annealedMean(output, about.bins, look, { logWeights, towards });
}

function isRegression({ output, about }) {
  return output.dims[1] !== about.bins.length;
}

// The colours that the whole picture could be tilted towards, the likeliest first.
function tonesOf(photograph) {
  const { output, about, logWeights } = photograph;
  if (isRegression(photograph)) return [];
  const shares = () => meanShares(output, about.rebalance, logWeights);
  photograph.tones ??= alternatives(shares(), about.bins).map(({ a, b }) => [a, b]);
  return photograph.tones;
}

function guideOf(photograph) {
  if (!photograph.guide) {
    const { pixels } = photograph;
    const [height, width] = networkSize(pixels.height, pixels.width, GUIDE);
    const light = reducedLightness(pixels, height, width);
    photograph.guide = makeGuide(light, height, width);
  }
  return photograph.guide;
}

function paintOf(photograph, hints) {
  if (!hints.length || isRegression(photograph)) return null;
  const guide = guideOf(photograph);
  const { output, seen, members } = photograph;
  const of = (hint) => {
    const key = `${hint.x} ${hint.y}`;
    if (!members.has(key)) members.set(key, membership(guide, output, seen, hint));
    return members.get(key);
  };
  const found = hints.map(of);
  for (const [key, member] of members) if (!found.includes(member)) members.delete(key);
  return makePaint(guide, hints, found);
}
