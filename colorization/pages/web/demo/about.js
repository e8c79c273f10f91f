// The model in words, and the control that moves its decoding.

// What the control moves, by its place: τ, or T the other way round, as less of it is more
// vivid.
const CONTROLS = {
  rebalance: {
    name: "rebalance",
    largest: 1,
    at: ({ rebalance }) => rebalance,
    moved: (place) => ({ rebalance: place }),
  },
  temperature: {
    name: "temperature",
    largest: 0.95,
    at: ({ temperature }) => 1 - temperature,
    moved: (place) => ({ temperature: Number((1 - place).toFixed(2)) }),
  },
};

// A model without class weights is decoded without them.
export function controlOf({ weights }) {
  return weights ? CONTROLS.rebalance : CONTROLS.temperature;
}

export function inWords(about, { temperature, rebalance, tilt }) {
  const T = `T = ${temperature.toFixed(2)}${tilt ? `, tone ${tilt + 1}` : ""}`;
  if (!about.weights) return T;
  return `τ = ${rebalance.toFixed(2)}, ${T}`.replace("-", "−");
}

export function isRegression({ settings }) {
  return settings.train?.loss === "regression";
}

export function describe(about) {
  const { name, settings, bins, size, quality } = about;
  const { steps } = settings.train ?? {};
  const kind = isRegression(about) ? "regression of ab" : `${bins.length} colour bins`;
  const trained = steps
    ? `${steps.toLocaleString("en")} training steps`
    : "the authors’ published weights";
  const measured = isRegression(about) ? "" : `, measured at ${inWords(about, about)}`;
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
