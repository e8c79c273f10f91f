// What is chosen is in the page's address: it can be kept, sent, and come back to.
const FIELDS = ["other", "group", "left", "metric", "low", "high"];

function writeAddress() {
  const state = new URLSearchParams();
  const keep = (name, value, usual) => value !== usual && state.set(name, value);
  keep("run", controls.run.value, Object.keys(runs)[0]);
  for (const name of FIELDS) keep(name, controls[name].value, name === "left" ? "gray" : "");
  keep("T", temperature() ?? "", runs[controls.run.value].temperature ?? "");
  keep("image", large.open ? keyOf(shown[enlarged]) : "", "");
  history.replaceState(null, "", `#${state}`);
}

// A value that the page does not know, of an older gallery say, counts as none.
function readAddress() {
  const state = new URLSearchParams(location.hash.slice(1));
  const run = state.get("run");
  controls.run.value = run in runs ? run : Object.keys(runs)[0];
  fillControls();
  for (const name of FIELDS) {
    const field = controls[name];
    field.value = state.get(name) ?? (name === "left" ? "gray" : "");
    if (field.selectedIndex === -1) field.selectedIndex = 0;
  }
  const at = temperatures().indexOf(state.get("T"));
  if (at !== -1) controls.vividness.value = at;
  draw();
  const image = shown.findIndex((one) => keyOf(one) === state.get("image"));
  if (image !== -1) enlarge(image);
  else if (large.open) large.close();
}

readAddress();
