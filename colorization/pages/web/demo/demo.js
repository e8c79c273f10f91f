// The page sends what is chosen, dropped, pasted and moved to the worker, and shows its
// answers.

const part = (id) => document.getElementById(id);
const worker = new Worker("worker.js", { type: "module" });

// What the control moves, by its place: τ, or T the other way round, as less of it is more
// vivid.
const CONTROLS = {
  rebalance: {
    largest: 1,
    at: ({ rebalance }) => rebalance,
    moved: (place) => ({ rebalance: place }),
  },
  temperature: {
    largest: 0.95,
    at: ({ temperature }) => 1 - temperature,
    moved: (place) => ({ temperature: Number((1 - place).toFixed(2)) }),
  },
};

let decoding = null; // temperature and rebalance, set when the model is loaded
let control = null; // which of them the control moves
let shown = null; // the decoding of the picture that is shown
let waiting = false; // for the worker's picture with a new decoding
let name = "photograph";
let pictures = {};

function say(text, progress = null) {
  part("status").textContent = text;
  part("status").parentElement.classList.toggle("idle", progress === null);
  part("progress").value = progress ?? 0;
}

function complain(text) {
  part("error").textContent = text;
  part("error").hidden = !text;
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1);
}

const answers = {
  loading({ loaded, total }) {
    say(`Loading the model: ${megabytes(loaded)} of ${megabytes(total)} MB`, loaded / total);
  },

  ready({ about }) {
    decoding = { temperature: about.temperature, rebalance: about.rebalance };
    // A model without class weights is decoded without them.
    control = about.weights ? "rebalance" : "temperature";
    part("about").textContent = describe(about);
    part("vividness-part").hidden = isRegression(about);
    showControl();
    say(part("stage").classList.contains("filled") ? "Colorizing…" : "Ready.");
  },

  opened({ file, width, height, original, gray }) {
    name = (file || "photograph").replace(/\.[^.]*$/, "");
    pictures = { original, gray };
    part("empty").hidden = true;
    part("stack").hidden = false;
    part("stage").classList.add("filled");
    part("stack").style.setProperty("--ratio", width / height);
    part("stack").dataset.size = `${width} × ${height}`;
    draw("after", gray);
    drawBefore();
    say(decoding === null ? "Loading the model…" : "Colorizing…");
  },

  // `seconds` since the file was chosen; null for a new decoding.
  coloured({ bitmap, decoding: at, seconds }) {
    draw("after", bitmap);
    bitmap.close();
    part("save").disabled = false;
    Object.assign(part("stack").dataset, at);
    [shown, waiting] = [at, false];
    if (seconds !== null) {
      const { size } = part("stack").dataset;
      say(`Colorized, ${size} pixels, in ${seconds.toFixed(1)} s.`);
    }
    recolour();
  },

  saving({ done }) {
    say(`Colorizing all pixels: ${Math.round(100 * done)} %`, done);
  },

  saved({ blob }) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${name}-colorized.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    part("save").disabled = false;
    say(`Saved ${link.download}, ${megabytes(blob.size)} MB.`);
  },

  failed({ message, task }) {
    waiting = false;
    part("save").disabled = shown === null;
    say(task ? "" : "The model could not be loaded.");
    complain(message);
  },
};

worker.onmessage = ({ data }) => answers[data.type](data);
worker.onerror = () => answers.failed({ message: "A script of this page is missing." });

function open(file) {
  complain("");
  part("save").disabled = true;
  say("Reading the photograph…");
  worker.postMessage({ type: "open", file, decoding });
}

// One picture at a time: when the worker is done, it gets the newest decoding.
function recolour() {
  if (waiting || shown === null || shown[control] === decoding[control]) return;
  waiting = true;
  worker.postMessage({ type: "colour", decoding });
}

function showControl() {
  for (const name of Object.keys(CONTROLS)) {
    part(`of-${name}`).hidden = name !== control;
  }
  const { largest, at } = CONTROLS[control];
  const range = part("vividness");
  range.min = Math.min(0, at(decoding));
  range.max = largest;
  range.value = at(decoding);
  range.disabled = false;
  part("value").textContent = inWords(decoding);
}

function inWords({ temperature, rebalance }) {
  const T = `T = ${temperature.toFixed(2)}`;
  return control === "temperature" ? T : `τ = ${rebalance.toFixed(2)}, ${T}`.replace("-", "−");
}

function draw(id, bitmap) {
  const canvas = part(id);
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}

function drawBefore() {
  const side = part("side");
  if (!pictures[side.value]) return;
  draw("before", pictures[side.value]);
  part("before-tag").textContent = side.value === "gray" ? "Black and white" : "Before";
}

function isRegression({ settings }) {
  return settings.train?.loss === "regression";
}

function describe(about) {
  const { name, settings, bins, size, quality } = about;
  const { steps } = settings.train ?? {};
  const kind = isRegression(about) ? "regression of ab" : `${bins.length} colour bins`;
  const trained = steps
    ? `${steps.toLocaleString("en")} training steps`
    : "the authors’ published weights";
  const measured = isRegression(about) ? "" : `, measured at ${inWords(about)}`;
  return (
    `Run “${name}”: ${kind}${rareColours(about)}; ${trained}, at ` +
    `${settings.network.width} of the paper’s width. The network sees the photograph ` +
    `with ${size} pixels on the shorter side; light and dark keep their full resolution. ` +
    `On its test images its AuC is ${(100 * quality.auc).toFixed(1)} %${measured}.`
  );
}

// When rare colours weigh more: in training, or after it, as the control says.
function rareColours(about) {
  if (isRegression(about) || !about.settings.train) return "";
  if (about.settings.train.rebalance) return ", trained with more weight on rare colours";
  const now = about.weights ? " (“Vividness” can give rare ones more)" : "";
  return `, trained with equal weight on all colours${now}`;
}

part("file").addEventListener("change", ({ target }) => {
  if (target.files.length) open(target.files[0]);
  target.value = ""; // the same file can be chosen again
});
part("sample").addEventListener("click", async () => {
  const response = await fetch("photograph.png");
  open(new File([await response.blob()], "cameraman.png"));
});
part("vividness").addEventListener("input", ({ target }) => {
  decoding = { ...decoding, ...CONTROLS[control].moved(Number(target.value)) };
  part("value").textContent = inWords(decoding);
  recolour();
});
part("compare").addEventListener("input", ({ target }) => {
  part("stack").style.setProperty("--at", `${target.value}%`);
  part("before-tag").classList.toggle("covered", target.value < 25);
  part("after-tag").classList.toggle("covered", target.value > 75);
});
part("side").addEventListener("change", drawBefore);
part("save").addEventListener("click", () => {
  complain("");
  part("save").disabled = true;
  worker.postMessage({ type: "save", decoding });
});

// A photograph can be dropped anywhere, or pasted.
for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
  addEventListener(type, (event) => {
    event.preventDefault();
    part("stage").classList.toggle("over", type === "dragenter" || type === "dragover");
    const [file] = event.dataTransfer?.files ?? [];
    if (type === "drop" && file) open(file);
  });
}
addEventListener("paste", ({ clipboardData }) => {
  const [file] = clipboardData?.files ?? [];
  if (file) open(file);
});
