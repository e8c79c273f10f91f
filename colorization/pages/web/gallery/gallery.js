"use strict";
// The page is a function of the controls: each change draws it again.
const { runs, metrics } = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("controls");
const controls = form.elements;
const grid = document.getElementById("images");
const NAMES = { gray: "gray", "ground-truth": "ground truth" };

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function format(key, value) {
  const { factor, decimals } = metrics[key];
  return (factor * value).toFixed(decimals);
}

// The runs that colorized the same images as this one.
function comparable(name) {
  return Object.keys(runs).filter(
    (other) => other !== name && runs[other].dataset === runs[name].dataset,
  );
}

function temperature() {
  return runs[controls.run.value].temperatures[controls.temperature.value];
}

// A text about a run, and its share of rebalancing, which all of its pictures have.
function withShare(text, run) {
  return runs[run].share ? `${text}, ${runs[run].share}` : text;
}

// How the scores of these runs became colours; a regression has none.
function decodedAt(names) {
  const found = names.filter((name) => runs[name].decoding);
  const ways = new Set(found.map((name) => runs[name].decoding));
  if (ways.size === 1 && found.length === names.length) return `at ${[...ways][0]}`;
  return found.map((name) => `at ${runs[name].decoding} (${name})`).join(" and ");
}

function renderingOf(image) {
  return image.at?.[temperature()] ?? image.model;
}

// A picture with a divider, which is a range input over the whole picture.
function frame(image, title) {
  const left = image[controls.left.value] ? controls.left.value : "gray";
  const box = element("div", { className: "frame" });
  const divider = element("input", { type: "range", min: 0, max: 100, value: 50 });
  divider.setAttribute("aria-label", `Divider, ${title}: ${NAMES[left]} and colorized`);
  divider.addEventListener("input", () => box.style.setProperty("--at", `${divider.value}%`));
  const colorized = element("img", { alt: `${title}, colorized`, loading: "lazy" });
  colorized.src = renderingOf(image);
  const other = element("img", { alt: `${title}, ${NAMES[left]}`, loading: "lazy" });
  other.src = image[left];
  other.className = "left";
  box.append(colorized, other, divider);
  box.append(element("span", { className: "tag of-left", textContent: NAMES[left] }));
  box.append(element("span", { className: "tag of-right", textContent: "colorized" }));
  // Shows another temperature without moving the divider.
  box.update = () => (colorized.src = renderingOf(image));
  return box;
}

function table(image) {
  const list = element("dl");
  for (const [key, value] of Object.entries(image.metrics ?? {})) {
    const className = key === controls.metric.value ? "sorted" : "";
    list.append(element("dt", { textContent: metrics[key].label, className }));
    list.append(element("dd", { textContent: format(key, value), className }));
  }
  return list;
}

function card(image, name, other) {
  const title = image.name ?? `Image ${image.id}`;
  const heading = image.groups ? `${title} · ${image.groups.join(", ")}` : title;
  const sides = element("div", { className: "sides" });
  for (const [run, one] of [[name, image], [other, other && partner(image, other)]]) {
    if (!one) continue;
    const side = element("div", { className: "side" });
    if (other) side.append(element("h4", { textContent: withShare(run, run) }));
    side.append(frame(one, other ? `${title}, run ${run}` : title), table(one));
    sides.append(side);
  }
  return element("article", { className: "card" }, element("h3", { textContent: heading }), sides);
}

// The same image of another run.
function partner(image, other) {
  const key = image.groups ? "id" : "name";
  const list = image.groups ? runs[other].images : runs[other].photographs;
  return list.find((one) => one[key] === image[key]);
}

function chosen(name, other) {
  const group = controls.group.value;
  const run = runs[name];
  let list = group === "own" ? [] : run.images;
  if (group && group !== "own") {
    list = list.filter((image) => image.groups.includes(group));
  }
  if (group === "" || group === "own") list = list.concat(run.photographs);
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
  const name = controls.run.value;
  const other = controls.other.value;
  const list = chosen(name, other);
  grid.replaceChildren(...list.map((image) => card(image, name, other)));
  grid.classList.toggle("two", Boolean(other));
  document.getElementById("limits").disabled = !controls.metric.value;
  const count = list.length === 1 ? "1 image" : `${list.length} images`;
  // A user's photographs have no ground truth, and one temperature.
  const own = list.every((image) => !image.groups);
  const decoded = decodedAt(other ? [name, other] : [name]);
  const said = [
    count + (controls.metric.value ? ", the best first" : ""),
    decoded && `${own ? "" : "metrics are those "}${decoded}`,
    other && "images that both runs have",
  ];
  document.getElementById("status").textContent = list.length
    ? said.filter(Boolean).join("; ")
    : "No image is like that: choose others above.";
  showTemperature();
}

function showTemperature() {
  const name = controls.run.value;
  const shown = `T = ${temperature()}`;
  // Two runs side by side say theirs above the pictures.
  controls.shown.value = controls.other.value ? shown : withShare(shown, name);
}

// Fills the controls that depend on the run: the other runs, the temperatures.
function chooseRun() {
  const run = runs[controls.run.value];
  const others = comparable(controls.run.value);
  const before = controls.other.value;
  const none = new Option("no other run", "");
  controls.other.replaceChildren(none, ...others.map((name) => new Option(name)));
  controls.other.value = others.includes(before) ? before : "";
  controls.other.disabled = others.length === 0;
  controls.temperature.max = Math.max(0, run.temperatures.length - 1);
  document.getElementById("temperature").hidden = run.temperatures.length === 0;
  controls.temperature.value = Math.max(0, run.temperatures.indexOf(run.temperature));
  draw();
}

function describe(name) {
  const run = runs[name];
  const rows = Object.entries(run.summary).map(([key, found]) => {
    const range = found.low === undefined ? "" : ` (${format(key, found.low)}–${format(key, found.high)})`;
    const value = element("td", { textContent: format(key, found.value) + range });
    return element("tr", {}, element("th", { scope: "row", textContent: metrics[key].label }), value);
  });
  const caption = element("caption", {
    className: "quiet",
    textContent: "Over all test images, with 95 % intervals",
  });
  const scores = element("table", {}, caption, element("tbody", {}, ...rows));
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

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", ({ target }) => {
  if (target === controls.temperature) {
    for (const box of grid.querySelectorAll(".frame")) box.update();
    showTemperature();
  } else if (target === controls.run) chooseRun();
  else {
    if (target === controls.metric) controls.low.value = controls.high.value = "";
    draw();
  }
});
document.getElementById("scheme").addEventListener("input", ({ target }) => {
  document.documentElement.style.colorScheme = target.value;
});
document.getElementById("runs").append(...Object.keys(runs).map(describe));
chooseRun();
