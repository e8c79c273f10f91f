// Not a module, because modules do not run in a page that is opened as a file.
if (location.protocol === "file:") {
  document.documentElement.classList.add("opened-as-file");
}
