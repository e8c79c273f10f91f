// The film strip: a small picture for each photograph, which opens it, and a button that
// removes it.
import { part } from "./view.js";

const HEIGHT = 144; // pixels

export function makeStrip({ choose, remove }) {
  const items = new Map(); // by the photograph's id

  function add({ id, name }) {
    const item = document.createElement("li");
    const [small, cross] = [1, 2].map(() => document.createElement("button"));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [HEIGHT, HEIGHT];
    small.type = cross.type = "button";
    small.className = "frame";
    small.title = name;
    small.setAttribute("aria-label", `Show ${name}`);
    small.append(canvas);
    small.addEventListener("click", () => choose(id));
    cross.className = "cross-out";
    cross.textContent = "×";
    cross.setAttribute("aria-label", `Remove ${name}`);
    cross.addEventListener("click", () => remove(id));
    item.append(small, cross);
    part("strip").append(item);
    items.set(id, { item, small, canvas });
    part("strip-part").hidden = false;
  }

  return {
    add,
    remove(id) {
      items.get(id)?.item.remove();
      items.delete(id);
      part("strip-part").hidden = !items.size;
    },
    fill(id, bitmap) {
      if (!items.has(id)) return;
      const { small, canvas } = items.get(id);
      const width = Math.round((HEIGHT * bitmap.width) / bitmap.height);
      [canvas.width, canvas.height] = [Math.min(Math.max(width, 64), 400), HEIGHT];
      cover(canvas, bitmap);
      small.classList.add("filled");
    },
    mark(id) {
      for (const [other, { small }] of items) {
        small.setAttribute("aria-current", other === id);
      }
    },
  };
}

// The middle of a picture, as large as the canvas.
function cover(canvas, bitmap) {
  const scale = Math.max(canvas.width / bitmap.width, canvas.height / bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  const [x, y] = [(canvas.width - width) / 2, (canvas.height - height) / 2];
  canvas.getContext("2d").drawImage(bitmap, x, y, width, height);
}
