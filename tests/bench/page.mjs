// Measures the page as a person meets it; `cargo xtask bench page` serves the page and runs this.
// Prints medians and 95th percentiles; nothing here fails a test.
import { existsSync, readFileSync } from "node:fs";
import { chromium } from "@playwright/test";

const { NERINE_URL, CHROMIUM, CHROMIUM_SANDBOX, NERINE_SHARED = "../../shared" } = process.env;
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

const sorted = (values) => [...values].sort((a, b) => a - b);
const quantile = (values, q) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * q))];
const ms = (value) => `${value.toFixed(1)} ms`;

/** Twenty thousand abstracts: real ones where they are, else made ones, over and over. */
function abstracts(n) {
  const real = `${NERINE_SHARED}/data/nano/nanoparticle_abstracts.jsonl`;
  const made = (at) => JSON.stringify({ text: `Gold nanorods of ${at} nm were coated with PEG and given to mice. `.repeat(18) });
  const source = existsSync(real) ? readFileSync(real, "utf8") : Array.from({ length: 300 }, (_, at) => made(at)).join("\n");
  const texts = source.split("\n").filter(Boolean).map((line) => JSON.parse(line).text).filter(Boolean);
  return Array.from({ length: n }, (_, at) => JSON.stringify({ id: `doc-${at}`, text: `${at}. ${texts[at % texts.length]}` })).join("\n");
}

/** A text of a hundred thousand letters with two thousand marks. */
function longText() {
  const words = Array.from({ length: 16_000 }, (_, at) => (at % 8 === 3 ? "nanorods" : "word" + (at % 10)));
  let text = "";
  const spans = [];
  words.forEach((word, at) => {
    if (word === "nanorods") spans.push({ start: text.length, end: text.length + word.length, label: "particle" });
    text += word + (at % 120 === 119 ? ".\n" : " ");
  });
  return JSON.stringify({ id: "long", text: text.slice(0, 110_000), spans: spans.filter((it) => it.end <= 110_000).slice(0, 2000) });
}

async function importFile(page, name, lines) {
  const folder = await import("node:os").then((os) => os.tmpdir());
  const path = `${folder}/${name}`;
  await import("node:fs").then((fs) => fs.writeFileSync(path, lines));
  await page.goto(NERINE_URL);
  await page.getByRole("main").waitFor();
  // Tasks of the page's thread that are longer than 50 ms.
  await page.evaluate(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => {
      for (const task of list.getEntries()) window.longTasks.push(task.duration);
    }).observe({ type: "longtask" });
  });
  const began = Date.now();
  await page.locator('input[type="file"]').first().setInputFiles(path);
  const add = page.getByRole("button", { name: /^Add [\d\s]+ texts?/ });
  await add.waitFor({ timeout: 300_000 });
  const previewed = Date.now();
  await add.click();
  await page.locator("#text").waitFor({ timeout: 600_000 });
  const done = Date.now();
  const tasks = await page.evaluate(() => window.longTasks);
  return { preview: previewed - began, import: done - previewed, tasks };
}

const browser = await chromium.launch({ executablePath: CHROMIUM, chromiumSandbox: CHROMIUM_SANDBOX !== "0", args: quiet });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });

  const n = 20_000;
  const many = await importFile(page, "nerine-bench-many.jsonl", abstracts(n));
  console.log(`import of ${n} abstracts: preview ${many.preview} ms, import ${many.import} ms`);
  console.log(`  tasks of the page's thread over 50 ms: ${many.tasks.length}, longest ${ms(Math.max(0, ...many.tasks))}`);
  const address = page.url();
  const opened = [];
  for (let round = 0; round < 5; round++) {
    await page.goto("about:blank");
    const began = Date.now();
    await page.goto(address);
    await page.locator("#text").waitFor();
    await page.locator(".line").first().waitFor();
    opened.push(Date.now() - began);
  }
  console.log(`opening that project, page load included: median ${quantile(opened, 0.5)} ms of ${opened.length}`);

  const long = await importFile(page, "nerine-bench-long.jsonl", longText());
  console.log(`import of one text of 110 000 letters with 2 000 marks: ${long.preview + long.import} ms`);
  await page.waitForTimeout(2_000);
  await page.locator("#text").focus();
  await page.evaluate(() => {
    window.painted = [];
    addEventListener(
      "keydown",
      (event) => {
        if (!event.code.startsWith("Digit")) return;
        const began = event.timeStamp;
        // The frame after the key's work, and then the task behind its paint.
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => window.painted.push(performance.now() - began);
          port2.postMessage(null);
        });
      },
      { capture: true },
    );
  });
  for (let round = 0; round < 60; round++) {
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("1");
    await page.waitForTimeout(60);
  }
  const painted = await page.evaluate(() => window.painted);
  console.log(
    `label key to painted mark: median ${ms(quantile(painted, 0.5))}, 95th percentile ${ms(quantile(painted, 0.95))} of ${painted.length}`,
  );
} finally {
  await browser.close();
}
