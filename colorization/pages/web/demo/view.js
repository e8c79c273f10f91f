// What the page shows and says, without knowing why.

export const part = (id) => document.getElementById(id);

// `detail` changes often and is not read aloud; `progress` is a share, null if there is none.
export function say(text, { detail = "", progress = null } = {}) {
  if (part("status").textContent !== text) part("status").textContent = text;
  part("detail").textContent = detail;
  part("status").parentElement.classList.toggle("idle", progress === null);
  part("progress").value = progress ?? 0;
}

// Sentences about what went wrong.
export function complain(sentences) {
  part("error").replaceChildren(
    ...sentences.map((sentence) => {
      const line = document.createElement("p");
      line.textContent = sentence;
      return line;
    }),
  );
  part("error").hidden = !sentences.length;
}

export function draw(canvas, bitmap) {
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}

export function megabytes(bytes) {
  return (bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1);
}

export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
