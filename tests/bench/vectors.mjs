// Brings a pipeline with many word vectors into the page and has it suggest: seconds, and the memory
// that the page's process takes above what it had. `cargo xtask bench vectors` serves the page and
// runs this. Nothing here fails a test.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";

import { MB, measured } from "./memory.mjs";

const { NERINE_URL, CHROMIUM, CHROMIUM_SANDBOX, PIPELINE, TEXTS } = process.env;
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
const N_TEXTS = 100;

const folder = mkdtempSync(join(tmpdir(), "nerine-bench-"));
const profile = join(folder, "profile");
const context = await chromium.launchPersistentContext(profile, {
  executablePath: CHROMIUM,
  chromiumSandbox: CHROMIUM_SANDBOX !== "0",
  args: quiet,
  viewport: { width: 1440, height: 900 },
});

/** Runs a step and says how long it took and how much more memory there was than before, at most. */
async function say(what, run) {
  const { seconds, more } = await measured(profile, run);
  console.log(`${what}: ${seconds.toFixed(1)} s; ${more}`);
}

try {
  const page = context.pages()[0] ?? (await context.newPage());
  page.on("crash", () => console.log("the page crashed"));
  const texts = readFileSync(TEXTS, "utf8").split("\n").filter(Boolean).slice(0, N_TEXTS);
  const file = join(folder, "texts.jsonl");
  writeFileSync(file, texts.map((line) => JSON.stringify({ text: JSON.parse(line).text })).join("\n"));
  await page.goto(NERINE_URL);
  await page.getByRole("main").waitFor();
  await page.locator('input[type="file"]').first().setInputFiles(file);
  await page.getByRole("button", { name: /^Add [\d\s]+ texts?/ }).click({ timeout: 60_000 });
  await page.locator("#text").waitFor({ timeout: 60_000 });
  await page.getByRole("link", { name: "Bases", exact: true }).click();
  const input = page.getByLabel("File of a pipeline");
  await input.waitFor({ state: "attached" });
  console.log(`file: ${MB(statSync(PIPELINE).size)}`);
  const card = page.locator(".base-card");
  const said = new Set();
  await say("bring in", async () => {
    await input.setInputFiles(PIPELINE);
    const watch = setInterval(async () => {
      const text = await page.locator("[role=progressbar]").first().getAttribute("aria-valuenow", { timeout: 500 }).catch(() => null);
      if (text !== null) said.add(text);
    }, 250);
    await card.waitFor({ timeout: 600_000 });
    clearInterval(watch);
  });
  console.log(`  progress was shown at ${said.size} places`);
  // Anew, so that what bringing in took is given back.
  await page.reload();
  await say(`suggest in ${N_TEXTS} texts`, async () => {
    await card.getByRole("button", { name: "Suggest marks with it" }).click();
    await page.locator(".toast", { hasText: "suggestions in" }).waitFor({ timeout: 600_000 });
  });
  console.log(`  ${await page.locator(".toast").innerText()}`);
} finally {
  await context.close();
  rmSync(folder, { recursive: true });
}
