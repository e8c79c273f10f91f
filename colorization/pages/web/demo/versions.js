// Five small versions of the picture: three of vividness, and two that tilt all of it towards
// its second and third colour.
import { controlOf } from "./about.js";
import { draw, part } from "./view.js";

const COUNT = 5;

export function looksOf(about) {
  const { temperature, rebalance } = about;
  const usual = { temperature, rebalance, tilt: 0 };
  const places = about.weights ? [0, 0.5, 1] : [0, 0.5, 0.9];
  return [
    ...places.map((place) => ({ ...usual, ...controlOf(about).moved(place) })),
    { ...usual, tilt: 1 },
    { ...usual, tilt: 2 },
  ];
}

// `choose` gets the number of a version, `hover` too, or null.
export function makeVersions({ choose, hover }) {
  const buttons = Array.from({ length: COUNT }, (_, i) => part(`version-${i + 1}`));
  buttons.forEach((button, i) => {
    button.addEventListener("click", () => choose(i));
    button.addEventListener("pointerenter", ({ pointerType }) => {
      if (pointerType === "mouse") hover(i);
    });
    button.addEventListener("pointerleave", () => hover(null));
  });
  addEventListener("keydown", ({ key, target, ctrlKey, metaKey, altKey }) => {
    const i = "12345".indexOf(key);
    if (key.length !== 1 || i < 0 || ctrlKey || metaKey || altKey || target.matches("select")) return;
    if (!part("versions").hidden && !buttons[i].hidden) choose(i);
  });

  return {
    // A version that the picture does not have is null.
    show(bitmaps) {
      part("versions").hidden = false;
      bitmaps.forEach((bitmap, i) => {
        buttons[i].hidden = !bitmap;
        if (bitmap) draw(buttons[i].querySelector("canvas"), bitmap);
      });
    },
    mark(number) {
      buttons.forEach((button, i) => button.setAttribute("aria-pressed", i === number));
    },
    close() {
      part("versions").hidden = true;
    },
  };
}
