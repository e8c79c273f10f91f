// Loads the trained model into onnxruntime, and runs it.
import * as ort from "./onnxruntime/ort.wasm.bundle.min.mjs";

const FILES = {
  runtime: "onnxruntime/ort-wasm-simd-threaded.wasm",
  model: "model.fp16.onnx",
};

// Calls `progress` with the bytes loaded so far and in total.
export async function loadModel(progress) {
  const about = await (await get("model.json")).json();
  const parts = Object.values(FILES);
  const sizes = parts.map((path) => about.bytes[path.split("/").at(-1)]);
  const total = sizes[0] + sizes[1];
  const loaded = [0, 0];
  const [wasm, model] = await Promise.all(
    parts.map((path, i) =>
      read(path, (bytes) => {
        loaded[i] = bytes;
        progress(loaded[0] + loaded[1], total);
      }),
    ),
  );
  ort.env.wasm.wasmBinary = wasm;
  // Threads need headers that some servers do not send.
  const threads = Math.min(navigator.hardwareConcurrency || 1, 4);
  ort.env.wasm.numThreads = self.crossOriginIsolated ? threads : 1;
  const session = await ort.InferenceSession.create(new Uint8Array(model), {
    executionProviders: ["wasm"],
  });
  return { about, session };
}

// The scores, or ab for a regression, of lightness 0…100 (height × width).
export async function run({ session, about }, lightness, height, width) {
  const feeds = {
    lightness: new ort.Tensor("float32", lightness, [1, 1, height, width]),
  };
  for (const name of ["temperature", "rebalance"]) {
    if (!session.inputNames.includes(name)) continue;
    feeds[name] = new ort.Tensor("float32", Float32Array.of(about[name]), []);
  }
  const wanted = session.outputNames.includes("logits") ? "logits" : "ab";
  return (await session.run(feeds, [wanted]))[wanted];
}

async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} is missing (${response.status})`);
  return response;
}

async function read(path, progress) {
  const reader = (await get(path)).body.getReader();
  const chunks = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    progress((bytes += value.length));
  }
  return new Blob(chunks).arrayBuffer();
}
