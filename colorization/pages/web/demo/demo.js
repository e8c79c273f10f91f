// The page: what is chosen, dropped, pasted and moved goes to the worker; its answers are
// shown.
import { controlOf, describe, inWords, isRegression } from "./about.js";
import { makeHistory } from "./history.js";
import { forget, keep, recall, recallAll } from "./storage.js";
import { makeStrip } from "./strip.js";
import { complain, download, draw, megabytes, part, say } from "./view.js";
import { looksOf, makeVersions } from "./versions.js";
import { makeWonder } from "./wonder.js";

let worker;
let about = null; // the model's description
let unavailable = false; // it could not be loaded
let ready = false; // it is loaded
let usual = null; // the look of new photographs: temperature and rebalance
let photographs = []; // {id, name, file, look, history}; look is null until `about` is there
let picture = null; // the photograph that is shown in colour, how it was coloured, bitmaps
let opening = null; // the photograph that will take its place, and what of it is there
let recolouring = false; // the worker makes the picture anew
let saving = false;
let filling = false; // the worker makes a small picture
let unfilled = []; // photographs whose small pictures are missing
let hovered = null; // a look that is shown while the mouse is over it
let versionsOf = null; // the hints that the small versions were made with
let wrong = []; // sentences

const strip = makeStrip({ choose: (id) => open(byId(id)), remove });
const wonder = makeWonder({
  ask: (place) => picture && worker.postMessage({ type: "ask", id: shownId(), place }),
  change: (hints) => changeHints((history) => history.change(hints)),
  undo: () => changeHints((history) => history.undo()),
  redo: () => changeHints((history) => history.redo()),
  save: saveHints,
});

const versions = makeVersions({
  choose: (i) => changeLook(looksOf(about)[i]),
  hover: (i) => {
    hovered = i === null ? null : looksOf(about)[i];
    recolour();
  },
});

const answers = {
  described(answer) {
    ({ about } = answer);
    usual = suited(usual);
    for (const photograph of photographs) photograph.look = suited(photograph.look ?? usual);
    part("about").textContent = describe(about);
    part("vividness-part").hidden = isRegression(about);
    showControl();
  },

  loading({ loaded, total }) {
    const detail = `${megabytes(loaded)} of ${megabytes(total)} MB`;
    say("Loading the model…", { detail, progress: loaded / total });
  },

  ready() {
    ready = true;
    say(opening ? "Colorizing…" : "Ready.");
    fillStrip();
  },

  unavailable({ message }) {
    unavailable = true;
    say("The model could not be loaded.");
    tell(message);
    show();
  },

  read({ id, size, original, gray }) {
    if (opening?.photograph.id !== id) return close(original, gray);
    Object.assign(opening, { size, original, gray });
    if (ready) say("Colorizing…");
    show();
    showMiddle();
  },

  opened({ id, bitmap, look, hints, seconds }) {
    if (opening?.photograph.id !== id) return close(bitmap);
    if (picture) close(picture.original, picture.gray, picture.coloured);
    picture = { ...opening, coloured: bitmap, look, hints };
    opening = versionsOf = hovered = null;
    // The worker does not answer for the photograph before.
    recolouring = filling = false;
    const { width, height } = picture.size;
    say(`Colorized, ${width} × ${height} pixels, in ${seconds.toFixed(1)} s.`);
    wonder.open(about, picture.photograph.history);
    showNewest();
  },

  coloured({ id, bitmap, look, hints }) {
    recolouring = false;
    if (picture?.photograph.id !== id) return close(bitmap);
    close(picture.coloured);
    Object.assign(picture, { coloured: bitmap, look, hints });
    showNewest();
  },

  asked({ id, ...answer }) {
    if (picture?.photograph.id === id && !opening) wonder.show(answer);
  },

  saving({ done }) {
    const detail = `${Math.round(100 * done)} %`;
    say("Colorizing all pixels…", { detail, progress: done });
  },

  saved({ id, blob }) {
    whenSaved.get(id).resolve(blob);
  },

  versions({ id, bitmaps }) {
    if (picture?.photograph.id === id && !opening) versions.show(bitmaps);
    close(...bitmaps);
    filling = false;
    fillStrip();
  },

  thumbnail({ id, bitmap }) {
    filling = false;
    filled(id, bitmap);
    close(bitmap);
    fillStrip();
  },

  failed({ id, task, message }) {
    if (task === "save") return whenSaved.get(id).reject(new Error(message));
    recolouring = false;
    if (task === "thumbnail" || task === "versions") filling = false;
    if (task === "open" || task === "thumbnail") remove(id);
    else if (picture) say("");
    tell(message);
    show();
    fillStrip();
  },
};

function start() {
  [unavailable, ready, filling, recolouring, saving] = Array(5).fill(false);
  worker?.terminate();
  worker = new Worker("worker.js", { type: "module" });
  worker.onmessage = ({ data }) => answers[data.type](data);
  worker.onerror = (event) => {
    event.preventDefault();
    answers.unavailable({
      message: "A script of this page is missing. Build the page again with make demo.",
    });
  };
  say("Loading the model…");
}

// A look, or the model's own. The browser may have kept that of another model.
function suited(look) {
  look ??= { temperature: about.temperature, rebalance: about.rebalance, tilt: 0 };
  return about.weights ? look : { ...look, rebalance: 0 };
}

const sameJson = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const shownId = () => picture.photograph.id;
const byId = (id) => photographs.find((photograph) => photograph.id === id);
// The photograph that the controls are about.
const chosen = () => (opening ?? picture)?.photograph ?? null;
const close = (...bitmaps) => bitmaps.forEach((bitmap) => bitmap?.close());

function tell(...sentences) {
  wrong.push(...sentences);
  complain(wrong);
}

// Files that a person chose, dropped or pasted.
function take(files) {
  wrong = [];
  complain(wrong);
  const added = files.map((file) => ({
    id: crypto.randomUUID?.() ?? `${Date.now()} ${Math.random()}`,
    added: Date.now(),
    name: (file.name || "photograph").replace(/\.[^.]*$/, ""),
    file,
    look: usual,
    history: makeHistory(),
  }));
  added.forEach(add);
  added.forEach(remember);
  if (added.length) open(added[0]);
}

function add(photograph) {
  photographs.push(photograph);
  unfilled.push(photograph);
  strip.add(photograph);
}

function remember({ id, added, name, file, look, history }) {
  keep("photographs", id, { id, added, name, file, look, hints: history.hints });
}

function open(photograph) {
  if (opening) close(opening.original, opening.gray);
  opening = { photograph };
  keep("settings", "chosen", photograph.id);
  if (!unavailable) say(ready ? "Reading the photograph…" : part("status").textContent);
  if (about) showControl();
  wonder.close();
  show();
  send("open", photograph);
}

function send(type, { id, name, file, look, history }) {
  worker.postMessage({ type, id, name, file, look, hints: history.hints });
}

function remove(id) {
  photographs = photographs.filter((photograph) => photograph.id !== id);
  unfilled = unfilled.filter((photograph) => photograph.id !== id);
  forget("photographs", id);
  strip.remove(id);
  const wasOpening = opening?.photograph.id === id;
  if (wasOpening) {
    close(opening.original, opening.gray);
    opening = null;
  }
  if (picture?.photograph.id === id) {
    close(picture.original, picture.gray, picture.coloured);
    picture = null;
    wonder.close();
  }
  if (!opening && !picture && photographs.length) open(photographs[0]);
  else if (wasOpening && picture) stay();
  else if (!opening && !picture && ready) say("Ready.");
  show();
}

// The picture stays, as the photograph that was to take its place is gone.
function stay() {
  versionsOf = null;
  wonder.open(about, picture.photograph.history);
  keep("settings", "chosen", shownId());
  showControl();
  say("");
}

// Small pictures are made when nothing else is to be done.
function fillStrip() {
  if (!ready || opening || recolouring || saving || filling) return;
  if (picture && !isRegression(about) && !sameJson(versionsOf, picture.hints)) {
    filling = true;
    versionsOf = picture.hints;
    const looks = looksOf(about);
    worker.postMessage({ type: "versions", id: shownId(), hints: versionsOf, looks });
  } else if (unfilled.length) {
    filling = true;
    send("thumbnail", unfilled[0]);
  }
}

function filled(id, bitmap) {
  unfilled = unfilled.filter((photograph) => photograph.id !== id);
  strip.fill(id, bitmap);
}

// One picture at a time: when the worker is done, it gets the newest look and hints.
function recolour() {
  if (recolouring || opening || !picture) return;
  const { photograph } = picture;
  const look = hovered ?? photograph.look;
  if (sameJson(picture.look, look) && sameJson(picture.hints, photograph.history.hints)) return;
  recolouring = true;
  send("colour", { ...photograph, look });
}

function showNewest() {
  show();
  filled(shownId(), picture.coloured);
  recolour();
  fillStrip();
}

// Of a picture that scrolls: the divider is there.
function showMiddle() {
  const { scrollWidth, clientWidth, scrollHeight, clientHeight } = part("stage");
  part("stage").scrollTo((scrollWidth - clientWidth) / 2, (scrollHeight - clientHeight) / 2);
}

const shown = {}; // bitmaps by canvas

function show() {
  const now = opening?.gray ? opening : picture;
  const inColour = now !== null && now === picture;
  part("empty").hidden = now !== null;
  part("stack").hidden = now === null;
  part("stage").classList.toggle("filled", now !== null);
  if (now) {
    const { width, height } = now.size;
    part("stack").style.setProperty("--ratio", width / height);
    const hints = now.hints?.length ?? 0;
    Object.assign(part("stack").dataset, { size: `${width} × ${height}`, hints, ...now.look });
    const before = now[part("side").value];
    for (const [name, bitmap] of [["after", now.coloured ?? now.gray], ["before", before]]) {
      if (shown[name] !== bitmap) draw(part(name), (shown[name] = bitmap));
    }
  }
  part("after-tag").hidden = !inColour;
  part("before-tag").textContent =
    part("side").value === "gray" || !inColour ? "Black and white" : "Before";
  part("stack").classList.toggle("waiting", now !== null && !inColour);
  part("samples").hidden = photographs.length > 0;
  part("save").disabled = part("share").disabled = !inColour || saving;
  part("save-all").hidden = photographs.length < 2;
  part("save-all").disabled = !ready || saving;
  part("place").disabled = !inColour || opening !== null;
  part("again").hidden = !unavailable;
  strip.mark(now?.photograph.id);
  if (!inColour || isRegression(about)) versions.close();
}

function showControl() {
  const { name, largest, at } = controlOf(about);
  for (const other of ["rebalance", "temperature"]) {
    part(`of-${other}`).hidden = name !== other;
  }
  const look = chosen()?.look ?? usual;
  const range = part("vividness");
  range.min = Math.min(0, at(look));
  range.max = largest;
  range.value = at(look);
  range.disabled = false;
  part("value").textContent = inWords(about, look);
  versions.mark(looksOf(about).findIndex((other) => sameJson(other, look)));
}

function changeLook(look) {
  usual = look;
  keep("settings", "usual", look);
  if (chosen()) {
    chosen().look = look;
    remember(chosen());
  }
  showControl();
  recolour();
}

function changeHints(change) {
  if (!picture || opening) return;
  change(picture.photograph.history);
  wonder.showHints();
  remember(picture.photograph);
  recolour();
}

function saveHints() {
  const { name, file, history, look } = picture.photograph;
  const text = JSON.stringify({ photograph: file.name, hints: history.hints }, null, 2);
  download(new Blob([text], { type: "application/json" }), `${name}-hints.json`);
  return { file: file.name, hints: `${name}-hints.json`, look };
}

async function takeSample(name) {
  wrong = [];
  try {
    const response = await fetch(`samples/${name}`);
    if (!response.ok) throw new Error();
    take([new File([await response.blob()], name)]);
  } catch {
    tell(
      "The sample could not be loaded: the server does not answer, or the file is " +
        "missing. Start the server again with make demo.",
    );
  }
}

// The PNG of a photograph at its full size.
const whenSaved = new Map(); // promises, by the photograph's id

function toPng(photograph) {
  const waiting = Promise.withResolvers();
  whenSaved.set(photograph.id, waiting);
  send("save", photograph);
  return waiting.promise;
}

const fileName = ({ name }) => `${name}-colorized.png`;

// Runs `act`, which saves and says what it saved.
async function whileSaving(act) {
  complain((wrong = []));
  saving = true;
  show();
  try {
    say(await act());
  } catch ({ message }) {
    say("");
    tell(message);
  }
  saving = false;
  show();
  fillStrip();
}

async function saveOne() {
  const { photograph } = picture;
  const png = await toPng(photograph);
  download(png, fileName(photograph));
  return `Saved ${fileName(photograph)}, ${megabytes(png.size)} MB.`;
}

async function saveAll() {
  const all = [...photographs];
  const names = new Set();
  async function* files() {
    for (const photograph of all) {
      let name = fileName(photograph);
      for (let i = 2; names.has(name); i++) name = `${photograph.name}-${i}-colorized.png`;
      names.add(name);
      yield { name, input: await toPng(photograph) };
    }
  }
  const { downloadZip } = await import("./client-zip/index.js");
  const zip = await downloadZip(files()).blob();
  download(zip, "colorized.zip");
  return `Saved ${all.length} photographs in colorized.zip, ${megabytes(zip.size)} MB.`;
}

async function share() {
  const { photograph } = picture;
  const file = new File([await toPng(photograph)], fileName(photograph), { type: "image/png" });
  try {
    await navigator.share({ files: [file] });
    return `Shared ${file.name}.`;
  } catch (error) {
    if (error.name === "AbortError") return "";
    // Browsers let a page share only for seconds after a click.
    throw new Error("The browser did not share it. Press Save PNG, and share the file.");
  }
}

part("file").addEventListener("change", ({ target }) => {
  take([...target.files]);
  target.value = ""; // the same file can be chosen again
});
part("camera").addEventListener("change", ({ target }) => take([...target.files]));
for (const button of document.querySelectorAll("[data-sample]")) {
  button.addEventListener("click", () => takeSample(button.dataset.sample));
}
part("again").addEventListener("click", () => {
  wrong = [];
  complain(wrong);
  start();
  if (opening) open(opening.photograph);
  show();
});
part("vividness").addEventListener("input", ({ target }) => {
  const look = chosen()?.look ?? usual;
  changeLook({ ...look, ...controlOf(about).moved(Number(target.value)) });
});
part("compare").addEventListener("input", ({ target }) => {
  part("stack").style.setProperty("--at", `${target.value}%`);
  part("before-tag").classList.toggle("covered", target.value < 25);
  part("after-tag").classList.toggle("covered", target.value > 75);
});
part("side").addEventListener("change", ({ target }) => {
  keep("settings", "side", target.value);
  show();
});
part("save").addEventListener("click", () => whileSaving(saveOne));
part("save-all").addEventListener("click", () => whileSaving(saveAll));
part("share").addEventListener("click", () => whileSaving(share));
const example = new File([], "photograph.png", { type: "image/png" });
part("share").hidden = !navigator.canShare?.({ files: [example] });

// Photographs can be dropped anywhere, or pasted.
for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
  addEventListener(type, (event) => {
    event.preventDefault();
    part("stage").classList.toggle("over", type === "dragenter" || type === "dragover");
    if (type === "drop") takeFrom(event.dataTransfer);
  });
}
addEventListener("paste", ({ clipboardData }) => takeFrom(clipboardData));

function takeFrom(transfer) {
  if (transfer?.files.length) return take([...transfer.files]);
  wrong = [];
  tell("That was text, or a link, and no file. Save the photograph first, then drop the file here.");
}

// What was there when the page was left.
async function restore() {
  const side = await recall("settings", "side");
  if (side) part("side").value = side;
  const kept = (await recallAll("photographs")).sort((one, other) => one.added - other.added);
  if (!kept.length) return;
  const last = await recall("settings", "chosen");
  for (const { hints, ...photograph } of kept) {
    if (byId(photograph.id)) continue; // dropped before the database answered
    add({ ...photograph, look: photograph.look ?? usual, history: makeHistory(hints) });
  }
  if (!opening && !picture) open(byId(last) ?? photographs[0]);
}

// At once: photographs may be dropped already.
start();
const kept = await recall("settings", "usual");
// The model may be described meanwhile, and another look than its own be chosen.
if (kept && (!usual || sameJson(usual, suited(null)))) usual = about ? suited(kept) : kept;
if (about) showControl();
restore().then(show);
// Without https, and in some private windows, there are none.
navigator.serviceWorker?.register("offline.js").catch(() => {});
