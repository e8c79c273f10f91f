// The page that colorizes, in Firefox, by WebDriver BiDi: one journey through it, and the other
// pages. Prints what went wrong, as JSON, and writes the picture that is shown.
import fs from "node:fs";
import puppeteer from "puppeteer-core";

const [firefox, address, photograph, picture] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: firefox,
  headless: true,
});
const page = await browser.newPage();
await page.setViewport({ width: 1280, height: 900 });
page.setDefaultTimeout(90_000);
const wrong = [];
page.on("console", (line) => line.type() === "error" && wrong.push(line.text()));
page.on("pageerror", (error) => wrong.push(String(error)));
page.on("requestfailed", (request) => wrong.push(`failed: ${request.url()}`));
page.on("request", (request) => {
  const own = [address, "data:", "blob:"].some((start) => request.url().startsWith(start));
  if (!own) wrong.push(`elsewhere: ${request.url()}`);
});
const said = (start) =>
  page.waitForFunction((text) => document.getElementById("status").innerText.startsWith(text),
    {}, start);

await page.goto(`${address}demo/`);
await said("Ready");
await (await page.$("#file")).uploadFile(photograph);
await said("Colorized");
const url = await page.evaluate("document.getElementById('after').toDataURL()");
fs.writeFileSync(picture, Buffer.from(url.split(",")[1], "base64"));

const box = await (await page.$("#stack")).boundingBox();
await page.mouse.click(box.x + 0.7 * box.width, box.y + 0.3 * box.height);
await page.waitForSelector("#answer:not([inert]) #choices li");
await page.locator("#choices li:nth-child(2) button").click();
await page.waitForSelector("#stack[data-hints='1']");
await page.keyboard.press("3");
await page.waitForSelector("#version-3[aria-pressed=true]");
await page.reload();
await said("Colorized");
await page.waitForSelector("#stack[data-hints='1']");

for (const name of ["report.html", "gallery/index.html"]) {
  const answer = await page.goto(address + name);
  if (answer.status() !== 200) wrong.push(`${name}: ${answer.status()}`);
  await page.waitForSelector("h1");
}
await browser.close();
console.log(JSON.stringify(wrong));
