// No module: it also runs where modules do not, in a page opened as a file.
if (location.protocol === "file:") {
  document.documentElement.classList.add("opened-as-file");
}
