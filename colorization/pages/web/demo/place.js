// Not a module, because modules do not run in a page that is opened as a file.
if (location.protocol === "file:") {
  document.documentElement.classList.add("opened-as-file");
}
// Nor when a script that they need is missing.
addEventListener(
  "error",
  ({ target }) => {
    if (target.tagName === "SCRIPT") document.documentElement.classList.add("incomplete");
  },
  true,
);
