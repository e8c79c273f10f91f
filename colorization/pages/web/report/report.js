// A click, Enter or Space on a heading sorts its table; empty cells stay last.
"use strict";

const collator = new Intl.Collator("en", { numeric: true });

function compare(one, other) {
  const numbers = [Number(one), Number(other)];
  return numbers.some(Number.isNaN)
    ? collator.compare(one, other)
    : numbers[0] - numbers[1];
}

function sort(table, column) {
  const headings = [...table.tHead.rows[0].cells];
  const rising = headings[column].getAttribute("aria-sort") !== "ascending";
  headings.forEach((heading) => heading.setAttribute("aria-sort", "none"));
  headings[column].setAttribute("aria-sort", rising ? "ascending" : "descending");
  const body = table.tBodies[0];
  const value = (row) => row.cells[column].dataset.value;
  const [known, empty] = [[], []];
  for (const row of body.rows) (value(row) === "" ? empty : known).push(row);
  known.sort((one, other) => (rising ? 1 : -1) * compare(value(one), value(other)));
  body.append(...known, ...empty);
}

for (const table of document.querySelectorAll("table.sortable")) {
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(table, column));
    heading.append(button);
    heading.setAttribute("aria-sort", "none");
  });
}

// Only elements that scroll can be reached by keyboard, and show that there is more.
function markEdges(box) {
  const beyond = box.scrollWidth - box.clientWidth - box.scrollLeft;
  box.parentElement.classList.toggle("more-left", box.scrollLeft > 1);
  box.parentElement.classList.toggle("more-right", beyond > 1);
}

function markScrolling() {
  for (const box of document.querySelectorAll(".scroll")) {
    const wide = box.scrollWidth > box.clientWidth;
    if (wide || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
    markEdges(box);
  }
}
for (const box of document.querySelectorAll(".scroll")) {
  box.addEventListener("scroll", () => markEdges(box), { passive: true });
}
addEventListener("resize", markScrolling);
addEventListener("load", markScrolling);
document.addEventListener("toggle", markScrolling, true);
markScrolling();

// On paper, further runs are open, as far as they were.
const opened = [];
addEventListener("beforeprint", () => {
  opened.push(...document.querySelectorAll("details.run:not([open])"));
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of opened.splice(0)) details.open = false;
});
