// A card shows an image of one run or of two: a picture with a divider, and its metrics.
const NAMES = { gray: "gray", "ground-truth": "ground truth" };
// Pixels that the mouse may move during a click.
const STILL = 4;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function format(key, value) {
  const { factor, decimals } = metrics[key];
  return (factor * value).toFixed(decimals);
}

function titleOf(image) {
  return image.name ?? `Image ${image.id}`;
}

function keyOf(image) {
  return image.name ?? String(image.id);
}

// The same image of another run.
function partner(image, other) {
  const list = image.groups ? runs[other].images : runs[other].photographs;
  return list.find((one) => keyOf(one) === keyOf(image));
}

// The run and, if two are shown, the other one, each with its image.
function sidesOf(image) {
  const other = controls.other.value;
  const sides = [[controls.run.value, image]];
  if (other) sides.push([other, partner(image, other)]);
  return sides;
}

// A text about a run, and its share of rebalancing, which all of its pictures have.
function withShare(text, run) {
  return runs[run].share ? `${text}, ${runs[run].share}` : text;
}

function renderingOf(image) {
  return image.at?.[temperature()] ?? image.model;
}

// What is left of the divider: gray, where an image has no true colours.
function leftOf(image) {
  return image[controls.left.value] ? controls.left.value : "gray";
}

// A picture with a divider, which is a range input over the whole picture.
function frame(image, title, number) {
  const left = leftOf(image);
  const box = element("div", { className: "frame" });
  const divider = element("input", { type: "range", min: 0, max: 100, value: 50 });
  divider.setAttribute("aria-label", `Divider, ${title}: ${NAMES[left]} and colorized`);
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
  divider.addEventListener("input", () => moveDividers(box));
  clickToEnlarge(divider, () => enlarge(number));
  return box;
}

// The dividers of a card move together.
function moveDividers(box) {
  const { value } = box.querySelector("input");
  for (const each of box.closest(".card").querySelectorAll(".frame")) {
    each.querySelector("input").value = value;
    each.style.setProperty("--at", `${value}%`);
  }
}

// To drag moves the divider; a click without moving leaves it where it was.
function clickToEnlarge(divider, open) {
  let start;
  divider.addEventListener("pointerdown", ({ clientX }) => {
    start = { x: clientX, value: divider.value };
  });
  divider.addEventListener("click", ({ clientX }) => {
    if (!start || Math.abs(clientX - start.x) > STILL) return;
    divider.value = start.value;
    moveDividers(divider.parentElement);
    open();
  });
  divider.addEventListener("keydown", ({ key }) => key === "Enter" && open());
}

// A metric of an image, and of the same image left gray.
function score(image, key) {
  const value = image.metrics?.[key];
  if (value === undefined) return "—";
  const gray = image.baseline[key];
  return format(key, value) + (gray === undefined ? "" : ` (gray ${format(key, gray)})`);
}

function scoreLine(image, key) {
  const list = element("dl", { className: "score" });
  list.append(element("dt", { textContent: metrics[key].label }));
  list.append(element("dd", { textContent: score(image, key) }));
  return list;
}

// All metrics of an image: a column for each run shown, and gray's.
function scoreTable(sides) {
  const [, image] = sides[0];
  const head = element("tr", {}, element("td"));
  for (const name of [...sides.map(([run]) => run), "gray"]) {
    head.append(element("th", { scope: "col", textContent: name }));
  }
  const rows = Object.keys(image.metrics).map((key) => {
    const row = element("tr", {}, element("th", { scope: "row", textContent: metrics[key].label }));
    for (const values of [...sides.map(([, one]) => one.metrics), image.baseline]) {
      const text = key in values ? format(key, values[key]) : "—";
      row.append(element("td", { textContent: text }));
    }
    return row;
  });
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
}

// A card; `number` is its place among those that are shown.
function card(image, number) {
  const title = titleOf(image);
  const sides = sidesOf(image);
  const button = element("button", { type: "button", textContent: title });
  button.setAttribute("aria-label", `Enlarge ${title}`);
  button.addEventListener("click", () => enlarge(number));
  const heading = element("h3", {}, button);
  if (image.groups) heading.append(element("small", { textContent: image.groups.join(", ") }));
  const pictures = element("div", { className: "sides" });
  for (const [run, one] of sides) {
    const side = element("div", { className: "side" });
    if (sides.length > 1) side.append(element("h4", { textContent: withShare(run, run) }));
    side.append(frame(one, sides.length > 1 ? `${title}, run ${run}` : title, number));
    if (one.metrics) side.append(scoreLine(one, controls.metric.value || "auc"));
    pictures.append(side);
  }
  const made = element("article", { className: "card" }, heading, pictures);
  if (image.metrics) {
    const summary = element("summary", { textContent: "All metrics" });
    made.append(element("details", {}, summary, scoreTable(sides)));
  }
  return made;
}
