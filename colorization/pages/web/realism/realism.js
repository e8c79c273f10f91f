"use strict";
// One sitting: practice with feedback, then pairs that count. Which picture of those is real
// the page does not know; it saves which one was called colorized.
const plan = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const places = [...document.querySelectorAll(".place")].map((place) => ({
  canvas: place.querySelector("canvas"),
  tag: place.querySelector(".tag"),
  answer: place.querySelector(".answer"),
}));
// Milliseconds: how long a picture is shown; the gaps before the two pictures, as in the
// authors' test; by how much a second may be off.
const SECOND = 1000;
const GAPS = [900, 600];
const TOLERANCE = 100;

// ?seed=7 repeats a sitting's order and sides.
const given = new URLSearchParams(location.search).get("seed");
const seed = /^\d{1,9}$/.test(given ?? "") ? Number(given) : randomNumbers(1)[0];

function randomNumbers(count) {
  return crypto.getRandomValues(new Uint32Array(count));
}

// The generator mulberry32: numbers in 0…1 that follow from the seed.
let state = seed;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}

function shuffled(list) {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

// Of each chosen photograph one run's pair; the runs have equally many, but for one.
function choose() {
  const start = Math.floor(random() * plan.photographs[0].length);
  const tests = shuffled(plan.photographs)
    .slice(0, plan.tests)
    .map((pairs, i) => pairs[(start + i) % pairs.length]);
  const trial = (pair, real) => ({ pair, real, first: random() < 0.5 ? 0 : 1 });
  return {
    practice: shuffled(plan.practice).map(([pair, real]) => trial(pair, real)),
    counting: shuffled([...tests, ...plan.controls]).map((pair) => trial(pair)),
  };
}

// All pictures are there, and decoded, before the first one is shown.
async function load(trials) {
  let ready = 0;
  await Promise.all(
    trials.map(async (trial) => {
      trial.image = new Image();
      trial.image.src = `${plan.folder}/${trial.pair}.webp`;
      try {
        await trial.image.decode();
      } catch {
        throw new Error(`${plan.folder}/${trial.pair}.webp cannot be shown`);
      }
      $("loading").textContent = `Loading the pictures: ${++ready} of ${trials.length}`;
    }),
  );
  $("loading").textContent = "";
}

function show(section) {
  for (const other of document.querySelectorAll("section")) other.hidden = other.id !== section;
}

// Resolves with the first of the buttons that is pressed, by mouse, touch or key.
function pressed(...buttons) {
  const { promise, resolve } = Promise.withResolvers();
  const listening = new AbortController();
  const { signal } = listening;
  for (const button of buttons) button.addEventListener("click", () => resolve(button), { signal });
  const onKey = (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const button = buttons.find((b) => b.dataset.keys?.split(" ").includes(event.key));
    // Enter presses the button that has the focus.
    if (!button || (event.key === "Enter" && event.target.matches("button, summary"))) return;
    event.preventDefault();
    resolve(button);
  };
  document.addEventListener("keydown", onKey, { signal });
  return promise.finally(() => listening.abort());
}

async function between(title, text) {
  show("between");
  $("between-title").textContent = title;
  $("between-text").textContent = text;
  $("between-title").focus();
  await pressed($("continue"));
  show("sitting");
}

const frame = () => new Promise(requestAnimationFrame);
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let outOfSight = false;
let paused = false;
function setPaused(value) {
  paused = value;
  $("pause").setAttribute("aria-pressed", String(value));
  $("pause").textContent = value ? "Pausing after this pair" : "Pause";
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) outOfSight = true;
});

function draw(place, trial, which) {
  const { image } = trial;
  const side = image.naturalWidth;
  const { canvas } = place;
  canvas.width = canvas.height = side;
  canvas.getContext("2d").drawImage(image, 0, which * side, side, side, 0, 0, side, side);
}

// Shows a picture for a second, counted in frames of the screen. Returns how long it was.
async function forASecond(canvas) {
  canvas.classList.add("on");
  const start = await frame();
  let now = start;
  // The frame after this one is shown about 8 ms or more later.
  while (now - start < SECOND - 8) now = await frame();
  canvas.classList.remove("on");
  return now - start;
}

// Both pictures, then the question. Without an answer if one was not seen for its second.
async function judge(trial) {
  const order = [trial.first, 1 - trial.first];
  for (const { tag } of places) tag.hidden = true;
  $("question").textContent = "";
  outOfSight = document.hidden;
  const shown = [];
  for (const [i, place] of places.entries()) {
    place.canvas.classList.remove("on");
    draw(place, trial, order[i]);
    await wait(GAPS[i]);
    shown.push(Math.round(10 * (await forASecond(place.canvas))) / 10);
  }
  const record = { pair: trial.pair, first: trial.first, fake: null, shown, waited: null };
  if (outOfSight || shown.some((time) => Math.abs(time - SECOND) > TOLERANCE)) return record;
  const asked = performance.now();
  $("question").textContent = "Which one did the program colour?";
  for (const { answer } of places) answer.hidden = false;
  const button = await pressed(...places.map(({ answer }) => answer));
  for (const { answer } of places) answer.hidden = true;
  record.waited = Math.round(performance.now() - asked);
  record.fake = order[places.findIndex(({ answer }) => answer === button)];
  return record;
}

// After practice: which was which, with both pictures to look at.
async function explain(trial, record) {
  const order = [trial.first, 1 - trial.first];
  for (const [i, { canvas, tag }] of places.entries()) {
    canvas.classList.add("on");
    tag.hidden = false;
    tag.textContent = order[i] === trial.real ? "photograph" : "coloured by the program";
  }
  const right = record.fake !== trial.real;
  $("question").textContent = right ? "Right." : "No: that one is the photograph.";
  $("next").hidden = false;
  $("next").focus();
  await pressed($("next"));
  $("next").hidden = true;
  for (const { canvas } of places) canvas.classList.remove("on");
}

async function run(trials, label, practising) {
  const records = [];
  for (const [i, trial] of trials.entries()) {
    $("count").textContent = `${label} ${i + 1} of ${trials.length}`;
    $("progress").value = i / trials.length;
    if (paused) {
      setPaused(false);
      await between("Pause", "Go on when you like.");
    }
    const record = await judge(trial);
    records.push(record);
    if (record.fake === null) {
      setPaused(false);
      await between(
        "That pair does not count",
        "A picture was not to be seen for its whole second. Please keep this page in sight.",
      );
    } else if (practising) await explain(trial, record);
  }
  $("progress").value = 1;
  $("question").textContent = "";
  return records;
}

function finish(records) {
  const person = [...randomNumbers(4)].map((n) => n.toString(16).padStart(8, "0")).join("");
  const { sitting } = plan;
  const answers = { format: "colorization sitting 1", sitting, person, seed, answers: records };
  const text = JSON.stringify(answers, null, 1);
  $("text").value = text;
  $("save").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `answers-${person.slice(0, 8)}.json`;
    link.click();
    $("saved").textContent = `Saved as ${link.download}. You can close the page.`;
    removeEventListener("beforeunload", keep);
  });
  show("end");
  $("end-title").focus();
}

// Asks before the answers are lost.
function keep(event) {
  event.preventDefault();
}

async function sit() {
  show("welcome");
  const { practice, counting } = choose();
  try {
    await load([...practice, ...counting]);
  } catch (error) {
    $("loading").textContent = `${error.message}. Please tell whoever asked you.`;
    return;
  }
  $("start").disabled = false;
  await pressed($("start"));
  addEventListener("beforeunload", keep);
  $("pause").addEventListener("click", () => setPaused(!paused));
  show("sitting");
  await run(practice, "Practice", true);
  await between("Now it counts", `${counting.length} pairs, without being told what was right.`);
  finish(await run(counting, "Pair", false));
}

sit();
