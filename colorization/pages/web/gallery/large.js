// One image, large: gray, colorized and true together.
const large = document.getElementById("large");
// The place of the enlarged image among those that are shown.
let enlarged = 0;

function enlarge(number) {
  enlarged = number;
  const image = shown[number];
  const sides = sidesOf(image);
  const picture = (address, caption) => {
    const made = element("img", { src: address, alt: `${titleOf(image)}, ${caption}` });
    return element("figure", {}, made, element("figcaption", { textContent: caption }));
  };
  const pictures = [picture(image.gray, "gray")];
  for (const [run, one] of sides) {
    const way = one.at && temperature() in one.at ? `T = ${temperature()}` : "";
    const words = [sides.length > 1 ? `colorized by ${run}` : "colorized", way, runs[run].share];
    pictures.push(picture(renderingOf(one), words.filter(Boolean).join(", ")));
  }
  if (image["ground-truth"]) pictures.push(picture(image["ground-truth"], "ground truth"));
  large.querySelector("h2").textContent = titleOf(image);
  large.querySelector("#place").textContent = `${number + 1} of ${shown.length}`;
  large.querySelector(".pictures").replaceChildren(...pictures);
  large.querySelector(".scores").replaceChildren(...(image.metrics ? [scoreTable(sides)] : []));
  if (!large.open) large.showModal();
  writeAddress();
}

function step(by) {
  enlarge((enlarged + by + shown.length) % shown.length);
}

large.querySelector("[name=previous]").addEventListener("click", () => step(-1));
large.querySelector("[name=next]").addEventListener("click", () => step(1));
large.querySelector("[name=close]").addEventListener("click", () => large.close());
// A click beside the dialog is one on its backdrop.
large.addEventListener("click", ({ target }) => target === large && large.close());
large.addEventListener("close", writeAddress);
large.addEventListener("keydown", ({ key }) => {
  if (key === "ArrowLeft") step(-1);
  if (key === "ArrowRight") step(1);
});
