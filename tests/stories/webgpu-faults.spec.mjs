// A GPU that goes away in the middle of a training.
import { expect, test } from "./page.mjs";
import { importTexts } from "./project.mjs";
import { chooseSpacy, openTrain, ready, start, texts } from "./training.mjs";

test("a run whose GPU is lost goes on on the CPU, and says why", async ({ page, browser }) => {
  test.setTimeout(700_000);
  await importTexts(page, "lost", texts(12, 2));
  await openTrain(page);
  await chooseSpacy(page, 40);
  await page.getByRole("button", { name: "GPU", exact: true }).click();
  await start(page).click();
  const run = page.locator(".status");
  await expect(run).toContainText("You chose the GPU", { timeout: 300_000 });
  await expect(run.locator(".stats")).toContainText("Loss", { timeout: 300_000 });
  // What happens when a driver fails: the browser's own process for the GPU ends.
  const chromium = await browser.newBrowserCDPSession();
  await chromium.send("Browser.crashGpuProcess").catch(() => {});
  await expect(run).toContainText(/The GPU gave up \([^\n]+\)\. Training goes on on the CPU\./, { timeout: 120_000 });
  await ready(page);
  await page.reload();
  await ready(page);
  await expect(run).toContainText("The GPU gave up");
  await expect(page.locator(".per-label").getByRole("row", { name: /Material/ })).toContainText(/[01]\.\d{3}/);
});
