// The page is a function of the controls: each change draws it again.
const { runs, metrics } = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("controls");
const controls = form.elements;
// The images that are shown, in their order.
let shown = [];

// The runs that colorized the same images as this one.
function comparable(name) {
  return Object.keys(runs).filter(
    (other) => other !== name && runs[other].dataset === runs[name].dataset,
  );
}

// The run's temperatures from the dullest to the most vivid; a regression has none.
function temperatures() {
  return runs[controls.run.value].temperatures.toReversed();
}

function temperature() {
  return temperatures()[controls.vividness.value];
}

// How the scores of these runs became colours; a regression has none.
function decodedAt(names) {
  const found = names.filter((name) => runs[name].decoding);
  const ways = new Set(found.map((name) => runs[name].decoding));
  if (ways.size === 1 && found.length === names.length) return `at ${[...ways][0]}`;
  return found.map((name) => `at ${runs[name].decoding} (${name})`).join(" and ");
}

// Own photographs, then the fixed selection, then images that were chosen by their scores.
function chosen(name, other) {
  const group = controls.group.value;
  const run = runs[name];
  const isFixed = (image) => image.groups.includes("fixed");
  let list = run.images.toSorted((a, b) => isFixed(b) - isFixed(a));
  if (group) list = list.filter((image) => image.groups.includes(group));
  if (group === "" || group === "own") list = [...run.photographs, ...list];
  if (other) list = list.filter((image) => partner(image, other));
  const key = controls.metric.value;
  if (!key) return list;
  const { factor, more } = metrics[key];
  const [low, high] = [controls.low, controls.high].map((field) => field.valueAsNumber);
  return list
    .filter((image) => key in (image.metrics ?? {}))
    .filter(({ metrics: m }) => !(factor * m[key] < low) && !(factor * m[key] > high))
    .sort((a, b) => (more ? b.metrics[key] - a.metrics[key] : a.metrics[key] - b.metrics[key]));
}

function draw() {
  const other = controls.other.value;
  shown = chosen(controls.run.value, other);
  const cards = shown.map(card);
  for (const [id, isHere] of [["own", (i) => !shown[i].groups], ["images", (i) => shown[i].groups]]) {
    const here = cards.filter((_, i) => isHere(i));
    const grid = document.getElementById(id);
    grid.replaceChildren(...here);
    grid.classList.toggle("two", Boolean(other));
    grid.parentElement.hidden = here.length === 0;
  }
  document.getElementById("limits").disabled = !controls.metric.value;
  showStatus();
  showTemperature();
  writeAddress();
}

function showStatus() {
  const { run, other, group, metric } = controls;
  const count = shown.length === 1 ? "1 image" : `${shown.length} images`;
  const decoded = decodedAt(other.value ? [run.value, other.value] : [run.value]);
  const scored = shown.some((image) => image.metrics);
  const said = [
    count + (metric.value ? ", the best first" : ""),
    decoded && `${scored ? "metrics are those " : ""}${decoded}`,
    other.value && "images that both runs have",
  ];
  document.getElementById("status").textContent = said.filter(Boolean).join("; ");
  // What there would be to do where there is nothing to see.
  const isEmpty = shown.length === 0;
  const noPhotographs = group.value === "own" && !runs[run.value].photographs.length;
  document.getElementById("no-photographs").hidden = !(isEmpty && noPhotographs);
  document.getElementById("none").hidden = !isEmpty || noPhotographs;
}

function showTemperature() {
  const name = controls.run.value;
  const at = `T = ${temperature()}`;
  // Two runs side by side say theirs above the pictures.
  controls.at.value = controls.other.value ? at : withShare(at, name);
}

// Fills the controls that depend on the run: the other runs, the temperatures.
function fillControls() {
  const run = runs[controls.run.value];
  const others = comparable(controls.run.value);
  const before = controls.other.value;
  const none = new Option("no other run", "");
  controls.other.replaceChildren(none, ...others.map((name) => new Option(name)));
  controls.other.value = others.includes(before) ? before : "";
  controls.other.disabled = others.length === 0;
  controls.vividness.max = Math.max(0, run.temperatures.length - 1);
  document.getElementById("vividness").hidden = run.temperatures.length === 0;
  controls.vividness.value = Math.max(0, temperatures().indexOf(run.temperature));
}

function describe(name) {
  const run = runs[name];
  const range = ({ low, high }, key) =>
    low === undefined ? "" : ` (${format(key, low)}–${format(key, high)})`;
  const rows = Object.entries(run.summary).map(([key, found]) => {
    const gray = run.gray[key] ? format(key, run.gray[key].value) : "—";
    const value = format(key, found.value) + range(found, key);
    return element(
      "tr",
      {},
      element("th", { scope: "row", textContent: metrics[key].label }),
      element("td", { textContent: value }),
      element("td", { textContent: gray }),
    );
  });
  const caption = element("caption", {
    className: "quiet",
    textContent: "Over all test images, with 95 % intervals",
  });
  const head = element("tr", {}, element("td"));
  for (const title of [name, "gray"]) head.append(element("th", { scope: "col", textContent: title }));
  const scores = element(
    "table",
    {},
    caption,
    element("thead", {}, head),
    element("tbody", {}, ...rows),
  );
  const settings = element("pre", { className: "scroll", tabIndex: 0, textContent: run.settings });
  return element(
    "details",
    {},
    element("summary", { textContent: name }),
    scores,
    element("h3", { textContent: "Settings" }),
    settings,
  );
}

function showAll() {
  for (const name of ["group", "metric", "low", "high", "other"]) controls[name].value = "";
  draw();
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", ({ target }) => {
  if (target === controls.vividness) {
    for (const box of document.querySelectorAll(".frame")) box.update();
    showTemperature();
    writeAddress();
    return;
  }
  if (target === controls.run) fillControls();
  if (target === controls.metric) controls.low.value = controls.high.value = "";
  draw();
});
document.getElementById("show-all").addEventListener("click", showAll);
document.getElementById("scheme").addEventListener("input", ({ target }) => {
  document.documentElement.style.colorScheme = target.value;
});
document.getElementById("runs").append(...Object.keys(runs).map(describe));
addEventListener("hashchange", readAddress);
