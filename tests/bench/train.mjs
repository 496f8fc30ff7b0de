// Trains through the page on a split of real texts, as a person would, and prints one JSON line;
// `cargo xtask bench train --page` serves the page, names the files and reads the line.
import { readFileSync } from "node:fs";
import { chromium } from "@playwright/test";

const { NERINE_URL, CHROMIUM, CHROMIUM_SANDBOX, TRAIN, DEV, TEST } = process.env;
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

/** The draw of `corpus::SplitRule` for a new project: FNV-1a over seed 0 and the id, then MurmurHash3's end. */
function draw(id) {
  const wrap = (value) => BigInt.asUintN(64, value);
  let h = 0xcbf29ce484222325n;
  for (const byte of [...new Uint8Array(8), ...new TextEncoder().encode(id)]) h = wrap((h ^ BigInt(byte)) * 0x100000001b3n);
  h = wrap((h ^ (h >> 33n)) * 0xff51afd7ed558ccdn);
  h = wrap((h ^ (h >> 33n)) * 0xc4ceb9fe1a85ec53n);
  return Number((h ^ (h >> 33n)) % 100n);
}

/** The side that a new project gives this id: 20 % test, 10 % dev. */
const side = (id) => (draw(id) < 20 ? "test" : draw(id) < 30 ? "dev" : "train");

/** The texts of a file as accepted ones, with ids that a new project puts on the wanted side. */
function texts(path, wanted) {
  const docs = readFileSync(path, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return docs.map(({ text, spans }, at) => {
    let nth = 0;
    while (side(`${wanted}-${at}-${nth}`) !== wanted) nth++;
    return JSON.stringify({ id: `${wanted}-${at}-${nth}`, text, spans, answer: "accept" });
  });
}

const lines = [...texts(TRAIN, "train"), ...texts(DEV, "dev"), ...texts(TEST, "test")];
const browser = await chromium.launch({ executablePath: CHROMIUM, chromiumSandbox: CHROMIUM_SANDBOX !== "0", args: quiet });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  await page.goto(NERINE_URL);
  await page.locator('input[type="file"]').first().setInputFiles({
    name: "split.jsonl",
    mimeType: "application/jsonl",
    buffer: Buffer.from(lines.join("\n"), "utf8"),
  });
  await page.getByRole("button", { name: /^Add [\d\s]+ texts?/ }).click({ timeout: 120_000 });
  await page.locator("#text").waitFor({ timeout: 120_000 });
  await page.getByRole("link", { name: "Train", exact: true }).click();
  await page.getByRole("button", { name: "CPU", exact: true }).click();
  const start = page.locator("#train-start");
  await start.and(page.getByText(/^Train on [\d\s]+ texts$/)).waitFor({ timeout: 60_000 });
  const sides = await page.locator(".start").innerText();
  console.error(sides.replaceAll(/\s+/g, " "));
  await start.click();
  const began = Date.now();
  let wordsPerSecond = "";
  while (!(await page.locator(".status .chip").innerText()).includes("Ready")) {
    wordsPerSecond = (await page.locator(".stats").innerText().catch(() => "")) || wordsPerSecond;
    if (600_000 < Date.now() - began) throw new Error("training took more than ten minutes");
    await page.waitForTimeout(500);
  }
  const seconds = (Date.now() - began) / 1000;
  const all = page.locator("table.per-label tr").filter({ hasText: /^All/ }).first();
  await all.waitFor();
  const f1 = Number((await all.locator("td b").innerText()).replace(",", "."));
  const stats = wordsPerSecond.replaceAll(/\s+/g, " ");
  console.error(stats);
  const words = Number(/Words\/s ([\d\s\u202f]+)/.exec(stats)?.[1].replaceAll(/\D/g, ""));
  console.log(JSON.stringify({ f: 100 * f1, seconds, words_per_second: words }));
} finally {
  await browser.close();
}
