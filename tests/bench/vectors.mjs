// Brings a pipeline with many word vectors into the page and has it suggest: seconds, and the memory
// that the page's process takes above what it had. `cargo xtask bench vectors` serves the page and
// runs this. Nothing here fails a test.
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";

const { NERINE_URL, CHROMIUM, CHROMIUM_SANDBOX, PIPELINE, TEXTS } = process.env;
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
const N_TEXTS = 100;

/** Bytes of memory of Chromium's processes of one kind, shared memory counted by shares. */
function memory(kind, profile) {
  let kb = 0;
  for (const id of readdirSync("/proc").filter((it) => /^\d+$/.test(it))) {
    try {
      const command = readFileSync(`/proc/${id}/cmdline`, "utf8");
      if (!command.includes(profile)) continue;
      if ((/--type=([a-z-]+)/.exec(command)?.[1] ?? "browser") !== kind) continue;
      kb += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, "utf8"))[1]);
    } catch {
      // A process that has just ended.
    }
  }
  return kb * 1024;
}

const MB = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
const folder = mkdtempSync(join(tmpdir(), "nerine-bench-"));
const profile = join(folder, "profile");
const context = await chromium.launchPersistentContext(profile, {
  executablePath: CHROMIUM,
  chromiumSandbox: CHROMIUM_SANDBOX !== "0",
  args: quiet,
  viewport: { width: 1440, height: 900 },
});

/** Runs a step and says how long it took and how much more memory there was than before, at most. */
async function measured(what, run) {
  const kinds = ["renderer", "browser"];
  const before = kinds.map((kind) => memory(kind, profile));
  const most = [...before];
  const sampler = setInterval(() => {
    kinds.forEach((kind, at) => (most[at] = Math.max(most[at], memory(kind, profile))));
  }, 100);
  const began = Date.now();
  await run();
  const seconds = (Date.now() - began) / 1000;
  clearInterval(sampler);
  const more = kinds.map((kind, at) => `${kind} at most ${MB(most[at])}, ${MB(most[at] - before[at])} more than before`);
  console.log(`${what}: ${seconds.toFixed(1)} s; ${more.join("; ")}`);
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
  await measured("bring in", async () => {
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
  await measured(`suggest in ${N_TEXTS} texts`, async () => {
    await card.getByRole("button", { name: "Suggest marks with it" }).click();
    await page.locator(".toast", { hasText: "suggestions in" }).waitFor({ timeout: 600_000 });
  });
  console.log(`  ${await page.locator(".toast").innerText()}`);
} finally {
  await context.close();
  rmSync(folder, { recursive: true });
}
