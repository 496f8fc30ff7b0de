// What fails beside the page, in the middle of work: it says so, nothing is lost or half stored,
// and the work goes on.
import { mkdirSync, writeFileSync } from "node:fs";

import { HANG, PANIC, TRAP, after, disk, fillDisk, limitMemory, spoil, stored } from "./faults.mjs";
import { expect, open, test } from "./page.mjs";
import { addLabels, drag, importTexts, marks, saved, text } from "./project.mjs";
import { chooseSpacy, openTrain, ready, start, texts } from "./training.mjs";

test.use({ mayFail: /RuntimeError/ });

const trouble = (page) => page.locator(".train-main .banner.bad");
const resume = (page) => trouble(page).getByRole("button", { name: "Resume" }).click();
const home = (page) => page.getByRole("link", { name: "Nerine, all projects" }).click();
const card = (page, name) => page.locator(".project-card", { hasText: name });
const add = (page) => page.getByRole("button", { name: /^Add [\d\s]+ texts?$/ });
const failed = (page) => page.locator(".import .banner.bad");

const MINUTE = { timeout: 60_000 };

async function trainFor(page, epochs) {
  await openTrain(page);
  await chooseSpacy(page, epochs);
  await start(page).click();
}

/** Brings texts of about a kilobyte each, as one file, and looks at them. */
async function bring(page, n) {
  const words = "Zinc oxide nanoparticles. ".repeat(40);
  const lines = Array.from({ length: n }, (_, at) => JSON.stringify({ text: `Text ${at} of many. ${words}` }));
  const buffer = Buffer.from(lines.join("\n"));
  await page.locator('input[type="file"]').first().setInputFiles({ name: "many.jsonl", mimeType: "text/plain", buffer });
}

test("a trainer that breaks is replaced, and its run goes on from what was kept", async ({ page, context }) => {
  await spoil(context, "train_cpu", PANIC, after(1, "checkpoints", TRAP));
  await importTexts(page, "broken", texts(24, 4));
  await trainFor(page, 30);
  await expect(trouble(page)).toContainText("Training stopped: Nerine made a mistake (", MINUTE);
  await expect(trouble(page)).toContainText(/, at [^ ]+turn\.rs:\d+:\d+\)\. Please report it\. Nothing was kept yet/);
  await resume(page);
  await expect(trouble(page)).toContainText("(RuntimeError: memory access out of bounds)", MINUTE);
  await expect(trouble(page)).toContainText("What it learned until a moment before is kept");
  await resume(page);
  await ready(page);
  await expect(trouble(page)).toHaveCount(0);
  await expect(page.locator(".toast")).toContainText("suggestions in 4 texts", MINUTE);
});

test("Nerine's own trainer that breaks is replaced, and its run begins again", async ({ page, context }) => {
  // The first of these programs learns while somebody annotates, the second is asked to train.
  await spoil(context, "train_few", "", after(1, "runs", TRAP));
  await importTexts(page, "few", texts(24, 4));
  await expect(page.locator("#learned")).toContainText("Has learned from", MINUTE);
  await openTrain(page);
  await start(page).click();
  await expect(trouble(page)).toContainText("(RuntimeError: memory access out of bounds)", MINUTE);
  await expect(trouble(page)).toContainText("Nothing was kept yet: resume to begin it again.");
  await resume(page);
  await ready(page);
  await expect(trouble(page)).toHaveCount(0);
  await page.getByRole("link", { name: "Annotate", exact: true }).click();
  await expect(page.locator(".tag").first()).toContainText(/\d\.\d\d/, MINUTE);
});

test("a trainer without memory says what to do, and the page lives", async ({ page, context }) => {
  await limitMemory(context, "train_cpu", 8 * 1024 * 1024);
  await importTexts(page, "memory", texts(24, 4));
  await trainFor(page, 12);
  await expect(trouble(page)).toContainText("gave no more memory. Close other tabs, then train again.", MINUTE);
  await page.getByRole("link", { name: "Annotate", exact: true }).click();
  await drag(page, "buffer");
  await page.keyboard.press("1");
  await saved(page);
  await page.reload();
  await expect.poll(() => marks(page)).toEqual([["buffer", "Material"]]);
});

test("a trainer that hangs is ended, and its run goes on", async ({ page, context }) => {
  await page.clock.install();
  await spoil(context, "train_cpu", after(1, "checkpoints", HANG));
  await importTexts(page, "hung", texts(24, 4));
  await trainFor(page, 1000);
  await expect.poll(() => stored(page, "checkpoints"), MINUTE).toBe(1);
  await page.clock.runFor(150_000);
  await expect(trouble(page)).toContainText(/gave no sign of life for \d+ seconds\. What it learned .* is kept/);
  await resume(page);
  await expect(page.locator(".status .chip")).toHaveText("Training", MINUTE);
  await page.getByRole("button", { name: "Stop and keep best" }).click();
  await ready(page);
});

test("a run whose tab was closed is shown as it is, and can be removed", async ({ page, context }) => {
  await importTexts(page, "closed", texts(24, 4));
  await trainFor(page, 1000);
  await expect(page.locator(".status .chip")).toHaveText("Training", MINUTE);
  const address = page.url();
  await page.close();
  const again = await context.newPage();
  await again.goto(address);
  await expect(again.locator(".status .chip")).toHaveText("Cut short");
  await again.locator(".banner").getByRole("button", { name: "Delete" }).click();
  await expect(again.getByRole("heading", { name: "No model yet" })).toBeVisible();
  for (const table of ["runs", "weights", "checkpoints"]) expect(await stored(again, table), table).toBe(0);
});

test("a file worker that breaks leaves nothing half stored, and the next import works", async ({ page, context }) => {
  await importTexts(page, "before", [{ id: "one", text: "Gold nanorods in water." }]);
  await page.reload();
  await home(page);
  await spoil(context, "io_worker", after(1, "docs", TRAP), after(1, "docs", TRAP));
  await page.reload();
  await bring(page, 1500);
  await add(page).click(MINUTE);
  await expect(failed(page)).toContainText("(RuntimeError: memory access out of bounds)", MINUTE);
  await expect(failed(page)).toContainText("Nothing was added.");
  await expect.poll(() => stored(page, "docs")).toBe(1);
  await page.getByLabel("Add to").selectOption("before");
  await add(page).click(MINUTE);
  await expect(failed(page)).toContainText("Nothing was added.", MINUTE);
  await expect.poll(() => stored(page, "docs")).toBe(1);
  await expect(page.getByRole("button", { name: /^Trash/ })).toHaveCount(0);
  await add(page).click();
  await expect(text(page)).toBeVisible(MINUTE);
  expect(await stored(page, "docs")).toBe(1501);
});

test("a project that comes in is left alone by another tab, and not shown there", async ({ page, context }) => {
  await open(page);
  await bring(page, 4000);
  await add(page).click(MINUTE);
  await expect.poll(() => stored(page, "docs"), MINUTE).toBeGreaterThan(0);
  const other = await context.newPage();
  await open(other);
  await expect(other.getByRole("button", { name: "Choose files" })).toBeVisible();
  await expect(other.getByRole("button", { name: /^Trash/ })).toHaveCount(0);
  await expect(text(page)).toBeVisible(MINUTE);
  expect(await stored(page, "docs")).toBe(4000);
});

test("a closed tab leaves nothing in the project that texts were added to", async ({ page, context }) => {
  await importTexts(page, "cut", [{ id: "one", text: "Gold nanorods in water." }]);
  await home(page);
  await bring(page, 4000);
  await page.getByLabel("Add to").selectOption("cut");
  await add(page).click(MINUTE);
  await expect.poll(() => stored(page, "docs"), MINUTE).toBeGreaterThan(1);
  await page.close({ runBeforeUnload: false });
  const again = await context.newPage();
  await open(again);
  await expect(card(again, "cut")).toContainText("0 of 1 text");
  await bring(again, 3);
  await again.getByLabel("Add to").selectOption("cut");
  await add(again).click(MINUTE);
  await expect(text(again)).toBeVisible();
  expect(await stored(again, "docs")).toBe(4);
});

test("a full disk keeps edits on the screen and in memory until there is room", async ({ page, baseURL }) => {
  const resize = await disk(page, baseURL);
  await resize(1_000_000);
  await importTexts(page, "full", [{ id: "one", text: "Gold nanorods in water." }]);
  await addLabels(page, "nanoparticle");
  await fillDisk(page);
  await drag(page, "nanorods");
  await page.keyboard.press("1");
  await expect(page.locator(".saved")).toContainText("Not saved. The disk is full: delete projects or models");
  // Elsewhere there may be something to delete; what is not saved waits.
  await home(page);
  await bring(page, 1500);
  await add(page).click(MINUTE);
  await expect(failed(page)).toContainText("The disk is full", MINUTE);
  await expect(failed(page)).toContainText("Nothing was added.");
  expect(await stored(page, "docs")).toBe(1);
  const asked = page.waitForEvent("dialog");
  const reloading = page.reload({ timeout: 3_000 }).catch(() => {});
  await (await asked).dismiss();
  await reloading;
  await resize();
  await card(page, "full").getByRole("link").first().click();
  await saved(page);
  expect(await marks(page)).toEqual([["nanorods", "nanoparticle"]]);
  await page.reload();
  await expect.poll(() => marks(page)).toEqual([["nanorods", "nanoparticle"]]);
});

test("a run that finds the disk full is not lost", async ({ page, context, baseURL }) => {
  const resize = await disk(page, baseURL);
  await resize(20_000_000);
  await importTexts(page, "full", texts(24, 4));
  await spoil(context, "train_cpu", after(1, "checkpoints", ""));
  await trainFor(page, 1000);
  await expect.poll(() => stored(page, "checkpoints"), MINUTE).toBe(1);
  await fillDisk(page);
  await page.getByRole("button", { name: "Stop and keep best" }).click();
  await expect(trouble(page)).toContainText("Training stopped: the disk is full: delete projects or models", MINUTE);
  await resize();
  await resume(page);
  await expect(page.locator(".status .chip")).toHaveText("Training", MINUTE);
  await page.getByRole("button", { name: "Stop and keep best" }).click();
  await ready(page);
});

test("a text that is too long is left out in words", async ({ page }, info) => {
  const path = info.outputPath("line.txt");
  writeFileSync(path, "word ".repeat(7_000_000));
  await open(page);
  await page.locator('input[type="file"]').first().setInputFiles(path);
  await expect(page.getByText("line.txt is longer than 32 MB.")).toBeVisible(MINUTE);
  await page.getByRole("button", { name: "per line" }).click();
  await expect(page.getByText("Line 1 is longer than 32 MB.")).toBeVisible(MINUTE);
  await expect(page.getByText("There is no text to add.")).toBeVisible();
});

test("a folder that is dropped is read with what lies in it", async ({ page, context }, info) => {
  const folder = info.outputPath("papers");
  mkdirSync(`${folder}/old`, { recursive: true });
  mkdirSync(`${folder}/empty`);
  writeFileSync(`${folder}/b.txt`, "Text of b.");
  writeFileSync(`${folder}/.DS_Store`, "of the system");
  writeFileSync(`${folder}/old/a.txt`, "Text of a.");
  await open(page);
  const mouse = await context.newCDPSession(page);
  const drop = async (...files) => {
    const data = { items: [], files, dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"]) {
      await mouse.send("Input.dispatchDragEvent", { type, x: 400, y: 400, data });
    }
  };
  await drop(`${folder}/empty`);
  await expect(failed(page)).toHaveText(/There is no file in that folder\./);
  await drop(folder);
  await expect(add(page)).toHaveText("Add 2 texts");
  await expect(page.getByLabel("Name of the new project")).toHaveValue("papers");
  const rows = page.getByRole("region", { name: "The first texts" }).locator("tbody tr");
  await expect(rows).toContainText(["Text of b.", "Text of a."]);
});
