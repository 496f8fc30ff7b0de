// Compares bases through the page, on one worker and on two, with keys pressed all along, and prints
// one JSON line; `cargo xtask bench compare` serves the page, names the files and reads the line.
import { withTexts } from "./browser.mjs";
import { measured } from "./memory.mjs";
import { texts } from "./split.mjs";

const { TRAIN, DEV, TEST, EPOCHS, ROUNDS } = process.env;
const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];

/** What is learned and scored, and a text in front of which keys are pressed. */
const lines = [
  ...texts(TRAIN, "train"),
  ...texts(DEV, "dev").slice(0, 100),
  ...texts(TEST, "test").slice(0, 300),
  JSON.stringify({ id: "to-do", text: "Gold nanorods were coated with PEG and given to mice. ".repeat(20) }),
];

/** Compares the bases with so many workers: seconds, the table, and how long keys took. */
async function compare(workers) {
  const isFor = (page) =>
    page.addInitScript((n) => Object.defineProperty(Navigator.prototype, "hardwareConcurrency", { get: () => n }), workers);
  const work = async (page, profile) => {
    await page.getByRole("link", { name: "Compare", exact: true }).click();
    await page.getByRole("button", { name: "More: tokens of other languages" }).click();
    for (const base of ["blank:xx", "scispacy"]) await page.getByRole("checkbox", { name: new RegExp(base) }).check();
    await page.getByLabel("Epochs").fill(EPOCHS);
    let keys = [];
    const { seconds, more } = await measured(profile, async () => {
      await page.getByRole("button", { name: "Compare 4 bases" }).click();
      await page.getByRole("heading", { name: "Runs" }).waitFor();
      await page.getByRole("link", { name: "Annotate", exact: true }).click();
      await page.locator("#text").focus();
      await page.evaluate(() => {
        window.answered = [];
        const hear = (event) => {
          const began = event.timeStamp;
          // The frame after the key's work, and then the task behind its paint.
          requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => window.answered.push(performance.now() - began);
            port2.postMessage(null);
          });
        };
        addEventListener("keydown", hear, { capture: true });
      });
      const done = page.locator(".toast").getByText(/The comparison is done/).waitFor({ timeout: 3_600_000 });
      let isOver = false;
      done.then(() => (isOver = true));
      while (!isOver) {
        await page.keyboard.press("ArrowRight");
        await page.waitForTimeout(150);
      }
      keys = await page.evaluate(() => window.answered);
    }, 3_000);
    await page.getByRole("link", { name: "Compare", exact: true }).click();
    await page.locator(".bases-card tbody tr").nth(3).waitFor();
    await page.waitForTimeout(3_000);
    const table = await page.locator(".bases-card tbody tr").evaluateAll((rows) =>
      rows.map((row) => [row.querySelector("bdi").innerText, row.querySelector(".f1-cell").innerText.trim()]).sort(),
    );
    console.error(`${workers} at a time: ${seconds.toFixed(1)} s; ${more}`);
    console.error(`  keys: median ${quantile(keys, 0.5).toFixed(1)} ms, 95th percentile ${quantile(keys, 0.95).toFixed(1)} ms of ${keys.length}`);
    console.error(`  ${table.map((it) => it.join(" ")).join(", ")}`);
    return { seconds, keys, table: JSON.stringify(table) };
  };
  return withTexts(lines, work, isFor);
}

const one = [];
const two = [];
for (let round = 0; round < Number(ROUNDS); round++) {
  one.push(await compare(1));
  two.push(await compare(2));
}
const median = (all) => quantile(all.map((it) => it.seconds), 0.5);
const keys = two.flatMap((it) => it.keys);
console.log(
  JSON.stringify({
    one: median(one),
    two: median(two),
    efficiency: median(one) / (2 * median(two)),
    keys_p95_ms: quantile(keys, 0.95),
    same_table: new Set([...one, ...two].map((it) => it.table)).size === 1,
  }),
);
