// Loads the trained model into onnxruntime, and runs it. Each error is a sentence for people.

const SCRIPT = "onnxruntime/ort.wasm.bundle.min.mjs";
const FILES = {
  runtime: "onnxruntime/ort-wasm-simd-threaded.wasm",
  model: "model.fp16.onnx",
};
const MAKE_AGAIN = "Build the page again with make demo";

// Calls `described` with what model.json says, then `progress` with the bytes loaded so far
// and in total. When one file cannot be loaded, the other one is given up, too.
export async function loadModel({ described, progress }) {
  const about = await readDescription();
  described(about);
  const parts = Object.values(FILES);
  const sizes = parts.map((path) => about.bytes[path.split("/").at(-1)]);
  const total = sizes[0] + sizes[1];
  const loaded = [0, 0];
  const stop = new AbortController();
  const read = (path, i) =>
    readBytes(path, stop.signal, (bytes) => {
      loaded[i] = bytes;
      progress(loaded[0] + loaded[1], total);
    });
  try {
    const [wasm, model] = await Promise.all(parts.map(read));
    return { about, ...(await start(wasm, model)) };
  } finally {
    stop.abort();
  }
}

// The scores, or ab for a regression, of lightness 0…100 (height × width).
export async function run({ ort, session, about }, lightness, height, width) {
  const feeds = {
    lightness: new ort.Tensor("float32", lightness, [1, 1, height, width]),
  };
  for (const name of ["temperature", "rebalance"]) {
    if (!session.inputNames.includes(name)) continue;
    feeds[name] = new ort.Tensor("float32", Float32Array.of(about[name]), []);
  }
  const wanted = session.outputNames.includes("logits") ? "logits" : "ab";
  try {
    return (await session.run(feeds, [wanted]))[wanted];
  } catch {
    throw new RangeError("no memory for the network"); // nothing else can go wrong
  }
}

async function start(wasm, model) {
  let ort;
  try {
    ort = await import(`./${SCRIPT}`);
  } catch {
    throw new Error(`${SCRIPT} is missing or damaged. ${MAKE_AGAIN}.`);
  }
  ort.env.wasm.wasmBinary = wasm;
  // Threads need headers that some servers do not send.
  const threads = Math.min(navigator.hardwareConcurrency || 1, 4);
  ort.env.wasm.numThreads = self.crossOriginIsolated ? threads : 1;
  try {
    const session = await ort.InferenceSession.create(new Uint8Array(model), {
      executionProviders: ["wasm"],
    });
    return { ort, session };
  } catch {
    throw new Error(
      `The model does not start: ${FILES.model} or ${FILES.runtime} is damaged, or ` +
        `memory is short. ${MAKE_AGAIN}, or close other pages.`,
    );
  }
}

async function readDescription() {
  const response = await get("model.json");
  try {
    return await response.json();
  } catch {
    throw new Error(`model.json is damaged. ${MAKE_AGAIN}.`);
  }
}

async function get(path, signal) {
  let response;
  try {
    response = await fetch(path, { signal });
  } catch {
    throw new Error(
      `${path} could not be loaded: the server does not answer. If it was stopped, ` +
        "start it again with make demo.",
    );
  }
  if (!response.ok) {
    throw new Error(`${path} is missing (${response.status}). ${MAKE_AGAIN}.`);
  }
  return response;
}

async function readBytes(path, signal, progress) {
  const reader = (await get(path, signal)).body.getReader();
  const chunks = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      progress((bytes += value.length));
    }
  } catch {
    throw new Error(`${path} ended too early: the connection broke.`);
  }
  return new Blob(chunks).arrayBuffer();
}
