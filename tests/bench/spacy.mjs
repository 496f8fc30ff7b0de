// Measures tokens and pipelines in a worker of Chromium; `cargo xtask bench spacy` serves what is
// measured and runs this. Prints what crates/tokenizer/examples/bench.rs prints natively.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { chromium } from "@playwright/test";

const { SPEED_URL, TEXTS, PIPELINES, CHROMIUM, CHROMIUM_SANDBOX } = process.env;
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
const bases = ["blank:en", "blank:de", "blank:fr", "blank:es", "blank:xx", "blank:zh", "scispacy"];
const first = "Gold (Au) nanoparticles, e.g. 5 nm wide, don't dissolve in anti-IL-6/x.";
const texts = readFileSync(TEXTS, "utf8").split("\n").filter(Boolean);
const pipelines = PIPELINES.split("\n").filter(Boolean);

/** What the worker does: everything is timed where it runs. */
const worker = `
  onmessage = async ({ data: { url, base, archive, texts, first } }) => {
    const speed = await import(url + "speed.js");
    await speed.default();
    const timed = (work) => { const began = performance.now(); const n = work(); return [n, performance.now() - began]; };
    if (base !== undefined) {
      let tokens;
      const [, ready] = timed(() => { tokens = new speed.Tokens(base); tokens.count(first); });
      const rate = () => { const [n, ms] = timed(() => texts.reduce((sum, text) => sum + tokens.count(text), 0)); return n / ms * 1000; };
      postMessage({ ready, cold: rate(), warm: rate() });
    } else {
      let entities;
      const [, ready] = timed(() => { entities = new speed.Entities(archive); });
      let words = 0, ms = 0;
      while (ms < 5000) {
        for (let at = 0; at < texts.length && ms < 5000; at += 50) {
          const [n, took] = timed(() => entities.find(texts.slice(at, at + 50)));
          words += n;
          ms += took;
        }
      }
      postMessage({ ready, rate: words / ms * 1000 });
    }
  };`;

const browser = await chromium.launch({ executablePath: CHROMIUM, chromiumSandbox: CHROMIUM_SANDBOX !== "0", args: quiet });
try {
  const page = await browser.newPage();
  await page.goto(SPEED_URL);
  const run = (task) =>
    page.evaluate(
      ({ worker, task }) =>
        new Promise((resolve, reject) => {
          const made = new Worker(URL.createObjectURL(new Blob([worker], { type: "text/javascript" })), { type: "module" });
          made.onmessage = ({ data }) => {
            made.terminate();
            resolve(data);
          };
          made.onerror = (event) => reject(new Error(event.message));
          const archive = task.archive && Uint8Array.from(atob(task.archive), (it) => it.charCodeAt(0));
          made.postMessage({ ...task, archive });
        }),
      { worker, task: { url: SPEED_URL, texts, ...task } },
    );
  for (const base of bases) {
    const { ready, cold, warm } = await run({ base, first });
    const [fast, faster] = [cold, warm].map((it) => it.toFixed(0).padStart(9));
    console.log(`worker ${base.padEnd(9)} first text after ${ready.toFixed(0).padStart(4)} ms, ${fast} tokens/s cold, ${faster} warm`);
  }
  for (const pipeline of pipelines) {
    const { ready, rate } = await run({ archive: readFileSync(pipeline).toString("base64") });
    console.log(`worker ${basename(pipeline)} made ready in ${(ready / 1000).toFixed(2)} s, ${rate.toFixed(0)} words/s`);
  }
} finally {
  await browser.close();
}
