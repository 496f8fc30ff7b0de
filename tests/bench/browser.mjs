// The page in a browser with a profile of its own, for the benchmarks.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";

const { NERINE_URL, CHROMIUM, CHROMIUM_SANDBOX } = process.env;
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

/** Opens the page and imports these lines of JSONL, does `work` with it, and leaves nothing behind. */
export async function withTexts(lines, work, prepare = async () => {}) {
  const profile = mkdtempSync(join(tmpdir(), "nerine-bench-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    chromiumSandbox: CHROMIUM_SANDBOX !== "0",
    args: quiet,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
  });
  try {
    const page = browser.pages()[0] ?? (await browser.newPage());
    await prepare(page);
    await page.goto(NERINE_URL);
    await page.locator('input[type="file"]').first().setInputFiles({
      name: "split.jsonl",
      mimeType: "application/jsonl",
      buffer: Buffer.from(lines.join("\n"), "utf8"),
    });
    await page.getByRole("button", { name: /^Add [\d\s]+ texts?/ }).click({ timeout: 120_000 });
    await page.locator("#text").waitFor({ timeout: 120_000 });
    return await work(page, profile);
  } finally {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
