// Trains through the page on a split of real texts, as a person would, and prints one JSON line;
// `cargo xtask bench train --page` serves the page, names the files and reads the line. With texts to
// do in RAW it trains Nerine's own learner, which reads their words, and has it suggest there; without
// them it trains spaCy's architecture.
import { withTexts } from "./browser.mjs";
import { measured } from "./memory.mjs";
import { texts } from "./split.mjs";

const { TRAIN, DEV, TEST, RAW } = process.env;

/** The texts of a file that are not among others, to do, on the side that is learned from. */
function toDo(path, others) {
  const text = (line) => JSON.parse(line).text;
  const known = new Set(others.map(text));
  const parsed = texts(path, "train", "raw").map((line) => JSON.parse(line));
  return parsed.filter((it) => !known.has(it.text)).map(({ id, text }) => JSON.stringify({ id, text }));
}

const learned = texts(TRAIN, "train");
const open = RAW ? toDo(RAW, learned) : [];
const lines = [...learned, ...texts(DEV, "dev"), ...texts(TEST, "test"), ...open];
await withTexts(lines, async (page, profile) => {
  await page.getByRole("link", { name: "Train", exact: true }).click();
  if (!RAW) {
    await page.getByRole("button", { name: "spaCy", exact: true }).click();
    await page.getByRole("button", { name: "CPU", exact: true }).click();
  }
  const start = page.locator("#train-start");
  await start.and(page.getByText(/^Train on [\d\s]+ texts$/)).waitFor({ timeout: 60_000 });
  const sides = await page.locator(".start").innerText();
  console.error(sides.replaceAll(/\s+/g, " "));
  const began = Date.now();
  let wordsPerSecond = "";
  const { seconds, more } = await measured(profile, async () => {
    await start.click();
    while (!(await page.locator(".status .chip").innerText()).includes("Ready")) {
      wordsPerSecond = (await page.locator(".stats").innerText().catch(() => "")) || wordsPerSecond;
      if (600_000 < Date.now() - began) throw new Error("training took more than ten minutes");
      await page.waitForTimeout(500);
    }
  });
  console.error(`training: ${seconds.toFixed(1)} s; ${more}`);
  const all = page.locator("table.per-label tr").filter({ hasText: /^All/ }).first();
  await all.waitFor();
  const f1 = Number((await all.locator("td b").innerText()).replace(",", "."));
  const stats = wordsPerSecond.replaceAll(/\s+/g, " ");
  console.error(stats);
  const words = Number(/Words\/s ([\d\s\u202f]+)/.exec(stats)?.[1].replaceAll(/\D/g, ""));
  if (open.length !== 0) {
    await page.locator(".toast").getByText(/suggestions? in/).waitFor({ timeout: 600_000 });
    console.error(`${await page.locator(".toast").innerText()} ${((Date.now() - began) / 1000 - seconds).toFixed(1)} s after the model`);
  }
  console.log(JSON.stringify({ f: 100 * f1, seconds, words_per_second: words || null }));
});
