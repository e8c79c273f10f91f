// "What else could it be?": a click on the picture shows the distribution over the colours
// there; a choice becomes a hint.
import { fits, writeColour } from "./color.js";
import { part } from "./view.js";

const CELL = 14; // pixels of a bin in the plane
// Near black and white no colours could be told apart, so they are shown at these.
const [DARKEST, LIGHTEST] = [25, 85];
const STEP = 0.02; // of the picture, for a press of an arrow key
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// `ask` gets a place, `change` the hints from now on; `save` says what it saved.
export function makeWonder({ ask, change, undo, redo, save }) {
  let bins = []; // none for a regression
  let history = null; // of the photograph's hints
  let answer = null; // place, light, shares, choices
  let cross = { x: 0.5, y: 0.5 }; // on the picture, for the keyboard
  let marked = 0; // the bin that the keyboard is at

  function choose({ a, b }) {
    const { x, y } = answer.place;
    const others = history.hints.filter((hint) => hint.x !== x || hint.y !== y);
    change([...others, { x, y, a, b }]);
  }

  // Until the answer is there, the one before can no longer be chosen from.
  function askFor(place) {
    setPlace(part("ring"), place);
    part("ring").hidden = false;
    part("answer").inert = true;
    ask(place);
  }

  function show(next) {
    answer = { ...next, light: within(next.light, DARKEST, LIGHTEST) };
    part("extreme").hidden = answer.light === next.light;
    part("answer").inert = false;
    marked = answer.choices[0].bin;
    part("answer").hidden = false;
    drawPlane(bins, answer, null);
    part("choices").replaceChildren(
      ...answer.choices.map((choice) => {
        const button = makeButton("", () => choose(choice));
        const share = `${Math.max(1, Math.round(100 * choice.share))} %`;
        button.append(swatch(answer.light, choice), share);
        button.setAttribute("aria-label", `${colourName(choice)}, ${share}`);
        const item = document.createElement("li");
        item.append(button);
        return item;
      }),
    );
  }

  function showHints() {
    const { hints, canUndo, canRedo } = history;
    part("hints-part").hidden = !hints.length && !canUndo && !canRedo;
    part("undo").disabled = !canUndo;
    part("redo").disabled = !canRedo;
    part("reset").disabled = part("save-hints").disabled = !hints.length;
    part("command").hidden = true;
    part("hints").replaceChildren(
      ...hints.map((hint) => {
        const item = document.createElement("li");
        const where = `${percent(hint.x)} from the left, ${percent(hint.y)} from the top`;
        const again = makeButton("", () => askFor({ x: hint.x, y: hint.y }));
        again.append(swatch(60, hint), `${colourName(hint)}, ${where}`);
        const away = makeButton("×", () => change(hints.filter((other) => other !== hint)));
        away.setAttribute("aria-label", `Remove the hint ${where}`);
        item.append(again, away);
        return item;
      }),
    );
  }

  part("place").addEventListener("click", ({ detail, clientX, clientY }) => {
    const box = part("place").getBoundingClientRect();
    // Without a detail it is a key.
    if (detail) cross = { x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height };
    setPlace(part("cross"), cross);
    if (bins.length) askFor({ x: within(cross.x, 0, 1), y: within(cross.y, 0, 1) });
  });
  onArrows(part("place"), ([right, down]) => {
    cross = { x: within(cross.x + STEP * right, 0, 1), y: within(cross.y + STEP * down, 0, 1) };
    setPlace(part("cross"), cross);
  });
  part("plane").addEventListener("click", ({ detail, clientX, clientY }) => {
    if (detail) marked = binAt(bins, clientX, clientY);
    choose({ a: bins[marked][0], b: bins[marked][1] });
  });
  onArrows(part("plane"), ([right, down]) => {
    marked = neighbour(bins, marked, right, -down);
    drawPlane(bins, answer, marked);
  });
  part("undo").addEventListener("click", undo);
  part("redo").addEventListener("click", redo);
  part("reset").addEventListener("click", () => change([]));
  part("save-hints").addEventListener("click", () => {
    part("command").textContent = command(save());
    part("command").hidden = false;
  });
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || !history) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) redo();
    else undo();
  });

  return {
    // A photograph is shown that can be asked about.
    open(about, hints) {
      bins = about.settings.train?.loss === "regression" ? [] : about.bins;
      history = hints;
      part("wonder").hidden = !bins.length;
      showHints();
    },
    close() {
      [history, answer] = [null, null];
      part("wonder").hidden = part("ring").hidden = part("answer").hidden = true;
    },
    show,
    showHints,
  };
}

// The plane of a and b at the place's own lightness. Dots have the areas of probabilities.
function drawPlane(bins, { light, shares }, marked) {
  const canvas = part("plane-picture");
  const { left, top, columns, rows } = extent(bins);
  [canvas.width, canvas.height] = [CELL * columns, CELL * rows];
  const context = canvas.getContext("2d");
  const most = Math.max(...shares);
  const at = ([a, b]) => [CELL * (a / 10 - left + 0.5), CELL * (top - b / 10 + 0.5)];
  for (const bin of bins) {
    if (!fits((light + 16) / 116, ...bin)) continue;
    const [x, y] = at(bin);
    context.globalAlpha = 0.45;
    context.fillStyle = css(light, bin);
    context.fillRect(x - CELL / 2, y - CELL / 2, CELL - 1, CELL - 1);
  }
  context.globalAlpha = 1;
  bins.forEach((bin, q) => {
    const radius = CELL * Math.sqrt(shares[q] / most) * 0.75;
    if (radius < 0.5) return;
    context.beginPath();
    context.arc(...at(bin), radius, 0, 2 * Math.PI);
    context.fillStyle = css(light, bin);
    context.strokeStyle = "#777";
    context.fill();
    context.stroke();
  });
  if (marked === null) return;
  const [x, y] = at(bins[marked]);
  context.strokeStyle = "#000";
  context.strokeRect(x - CELL / 2, y - CELL / 2, CELL, CELL);
  context.strokeStyle = "#fff";
  context.strokeRect(x - CELL / 2 + 1, y - CELL / 2 + 1, CELL - 2, CELL - 2);
}

function extent(bins) {
  const [a, b] = [0, 1].map((c) => bins.map((bin) => bin[c] / 10));
  const [left, top] = [Math.min(...a), Math.max(...b)];
  return { left, top, columns: Math.max(...a) - left + 1, rows: top - Math.min(...b) + 1 };
}

// The bin nearest to a point of the window.
function binAt(bins, x, y) {
  const box = part("plane-picture").getBoundingClientRect();
  const { left, top, columns } = extent(bins);
  const scale = columns / box.width;
  const a = left + (x - box.left) * scale - 0.5;
  const b = top - (y - box.top) * scale + 0.5;
  return nearestBin(bins, 10 * a, 10 * b);
}

function nearestBin(bins, a, b) {
  const far = bins.map((bin) => Math.hypot(bin[0] - a, bin[1] - b));
  return far.indexOf(Math.min(...far));
}

function neighbour(bins, marked, right, up) {
  const [a, b] = bins[marked];
  return nearestBin(bins, a + 10 * right, b + 10 * up);
}

function css(light, [a, b]) {
  const rgba = [];
  writeColour(rgba, 0, (light + 16) / 116, a, b);
  return `rgb(${rgba.slice(0, 3)})`;
}

function swatch(light, { a, b }) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height, canvas.className] = [1, 1, "swatch"];
  const context = canvas.getContext("2d");
  context.fillStyle = css(light, [a, b]);
  context.fillRect(0, 0, 1, 1);
  return canvas;
}

const HUES = ["pink", "red", "orange", "yellow", "green", "teal", "blue", "purple"];
const BEGIN = [-20, 15, 50, 80, 110, 165, 220, 300]; // degrees in the plane of a and b

function colourName({ a, b }) {
  const chroma = Math.hypot(a, b);
  if (chroma < 8) return "gray";
  const hue = (Math.atan2(b, a) * 180) / Math.PI;
  const turned = hue < BEGIN[0] ? hue + 360 : hue;
  const name = HUES[BEGIN.findLastIndex((begin) => turned >= begin)];
  return chroma < 25 ? `pale ${name}` : name;
}

// What gives the same pixels.
function command({ file, hints, look }) {
  if (look.tilt) return "Tones 2 and 3 are this page’s own. In versions 1 to 3, it says here which command gives the same pixels.";
  const quoted = (name) => `'${name.replaceAll("'", "'\\''")}'`;
  const vividness = look.rebalance ? ` --vividness ${look.rebalance}` : " --vividness 0";
  return `colorization colorize ${quoted(file)} -o out/ --hints ${quoted(hints)} --temperature ${look.temperature}${vividness}`;
}

function makeButton(text, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", act);
  return button;
}

function onArrows(element, act) {
  element.addEventListener("keydown", (event) => {
    if (!ARROWS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(ARROWS[event.key]);
  });
}

function setPlace(mark, { x, y }) {
  mark.style.setProperty("--x", `${100 * x}%`);
  mark.style.setProperty("--y", `${100 * y}%`);
}

const within = (value, least, most) => Math.min(Math.max(value, least), most);
const percent = (share) => `${Math.round(100 * share)} %`;
