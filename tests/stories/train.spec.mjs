// Training: what is in the way, what it tells, what is kept, what it suggests.
import { readFileSync } from "node:fs";

import { expect, expectAccessible, picture, test } from "./page.mjs";
import { importTexts, text } from "./project.mjs";
import { chooseSpacy, openTrain, ready, start, texts } from "./training.mjs";

test.beforeEach(async ({ page }) => {
  page.setDefaultTimeout(15_000);
});

test("too few texts, a wrong number and an empty side are sentences", async ({ page }) => {
  await importTexts(page, "few", texts(3, 2));
  await openTrain(page);
  await expect(page.locator("#train-why")).toHaveText("Not enough texts yet. Accept 5 more to train.");
  await expect(start(page)).toHaveAttribute("aria-disabled", "true");
  await start(page).click({ force: true });
  await expect(page.getByRole("heading", { name: "No model yet" })).toBeVisible();

  await importTexts(page, "enough", texts(16, 2));
  await openTrain(page);
  await expect(page.locator("#train-why")).toBeEmpty();
  await expect(page.getByLabel("Learning rate")).toHaveCount(0);
  await chooseSpacy(page);
  await page.getByLabel("Learning rate").fill("2");
  await expect(page.locator("#train-rate-hint")).toHaveText("Too high to learn. Use 0.1 or less.");
  await expect(start(page)).toHaveAttribute("aria-disabled", "true");
  await page.getByLabel("Learning rate").fill("0,001");
  await page.getByRole("button", { name: "Change the split" }).click();
  await page.getByLabel("Dev", { exact: true }).fill("60");
  await page.getByLabel("Test", { exact: true }).fill("60");
  await expect(page.locator("#train-split-hint")).toContainText("nothing to train on");
  await page.getByLabel("Dev", { exact: true }).fill("0");
  await page.getByLabel("Test", { exact: true }).fill("0");
  await page.getByLabel("Test", { exact: true }).press("Tab");
  await expect(start(page)).toHaveText("Train on 16 texts");
  await expect(page.locator(".start")).toContainText("Training does all steps and keeps the last model.");
  await page.getByLabel("Material").uncheck();
  await page.getByLabel("Cell line").uncheck();
  await expect(page.locator("#train-why")).toHaveText("No label is chosen. Tick at least one to learn.");
  await expectAccessible(page);
});

test("a model is trained by keyboard, scored, kept, and suggests", async ({ page, requests }) => {
  await importTexts(page, "train", texts(48, 6));
  await openTrain(page);
  await expect(start(page)).toHaveText(/^Train on \d+ texts$/);
  await start(page).focus();
  await page.keyboard.press("Enter");
  await expect(page.locator("#stop-training")).toBeFocused();
  await expect(page.getByText("Locked while training")).toBeVisible();
  await expect(page.locator(".stats")).toContainText("Time left");
  await ready(page);
  expect(requests.filter((url) => /train_[cg]pu/.test(url)), "what trains spaCy's models").toEqual([]);

  await expect(page.locator(".status")).toContainText("All steps are done.");
  await expect(page.locator(".step .chip", { hasText: "kept" })).toHaveCount(1);
  await expect(page.locator(".step", { hasText: "First model" })).toContainText(/[01]\.\d{3}/);
  await expect(page.getByText("test set, kept model")).toBeVisible();
  const table = page.locator(".per-label");
  await expect(table.getByRole("row", { name: /Material/ })).toContainText(/[01]\.\d{3}/);
  await expect(page.locator(".run-row")).toContainText("suggests");
  await expectAccessible(page);
  await picture(page, "train");

  await page.getByRole("button", { name: "Rename this run" }).click();
  await page.getByLabel("Name of the run").fill("<b>first</b>");
  await page.keyboard.press("Enter");
  await expect(page.locator(".status h1")).toHaveText("<b>first</b>");

  await page.reload();
  await ready(page);
  await expect(page.locator(".status h1")).toHaveText("<b>first</b>");
  await page.getByRole("link", { name: "Annotate", exact: true }).click();
  await expect(text(page)).toBeVisible();
  await expect(page.locator(".tag").first()).toContainText(/\d\.\d\d/);

  await openTrain(page);
  await page.getByRole("button", { name: "Delete this run" }).click();
  await expect(page.getByRole("button", { name: "Keep" })).toBeFocused();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByRole("heading", { name: "No model yet" })).toBeVisible();
});

test("spaCy's own model is trained, saved as a pipeline, and trained on", async ({ page }) => {
  test.setTimeout(180_000);
  await importTexts(page, "pipeline", texts(48, 6));
  await openTrain(page);
  await chooseSpacy(page);
  await expect(page.getByLabel("Stop after")).toHaveValue("8");
  await page.getByLabel("A spaCy config.cfg").setInputFiles({
    name: "config.cfg",
    mimeType: "text/plain",
    buffer: Buffer.from("[training]\ndropout = 0.15\npatience = 1600\neval_frequency = 200\naccumulate_gradient = 3\n"),
  });
  await expect(page.getByLabel("Dropout")).toHaveValue("0.15");
  await expect(page.locator(".config-left summary")).toContainText("not taken over");
  await page.getByLabel("Epochs").fill("60");
  await page.locator("#train-base").selectOption("blank:zh");
  await expect(page.locator("#train-why")).toContainText("cannot hold the tokens of blank:zh");
  await page.locator("#train-base").selectOption("blank:en");
  await expectAccessible(page);
  await start(page).click();
  await ready(page);
  await expect(page.locator(".status h1")).toHaveText("spacy-1");
  await expect(page.locator(".run-row")).toContainText("suggests");
  const toast = page.locator(".toast");
  await expect(toast).toContainText("suggestions in 6 texts");
  const found = await toast.innerText();
  await page.getByRole("button", { name: /^Show as table ?: Loss$/ }).click();
  await expect(page.getByRole("region", { name: "Loss, as a table" }).getByRole("row").nth(1)).toContainText(/\d/);
  await page.getByRole("button", { name: /^Show as chart ?: Loss$/ }).click();
  await expectAccessible(page);
  await picture(page, "train-spacy");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save spacy-1 as .zip" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("en_spacy_1-0.0.0.zip");
  await page.getByRole("link", { name: "Annotate", exact: true }).click();
  await expect(page.getByRole("complementary", { name: "Labels and suggestions" })).toContainText("spaCy gives no confidence");

  // What was saved is a pipeline like any other: it finds the same, and training goes on from it.
  await page.getByRole("link", { name: "Bases", exact: true }).click();
  const buffer = readFileSync(await file.path());
  await page.getByLabel("File of a pipeline").setInputFiles({ name: "mine.zip", mimeType: "application/zip", buffer });
  const card = page.locator(".base-card");
  await expect(card).toContainText("Cell line");
  await card.getByRole("button", { name: "Suggest marks with it" }).click();
  await expect(toast).toContainText(found);
  await card.getByRole("button", { name: /^Use its tokens/ }).click();
  await openTrain(page);
  await expect(page.locator("#train-base-hint")).toHaveText("Starts from what the pipeline has learned.");
  const onlyTokens = page.getByLabel("Keep only its tokens and vectors");
  await onlyTokens.check();
  await expect(page.locator("#train-base-hint")).toHaveText("Starts from nothing: words as en_spacy_1 cuts them, no vectors.");
  await onlyTokens.uncheck();
  await page.getByLabel("Cell line").uncheck();
  await expect(page.locator(".remark")).toContainText("The pipeline also finds Cell line.");
  await expectAccessible(page);
  await page.getByLabel("Cell line").check();
  await page.getByLabel("Epochs").fill("20");
  await start(page).click();
  await expect(page.locator(".status h1")).toHaveText("en_spacy_1-3");
  await ready(page);
  await expect(page.locator(".run-row")).toHaveCount(3);
  await picture(page, "train-from-pipeline");
});

test("word vectors become a base, and both models read them", async ({ page }) => {
  test.setTimeout(120_000);
  const docs = texts(32, 4);
  await importTexts(page, "vectors", docs);
  await page.getByRole("link", { name: "Bases", exact: true }).click();
  const words = [...new Set(docs.flatMap((it) => it.text.match(/\p{L}+/gu)))];
  const line = (word, at) => `${word} ${[0, 1, 2, 3].map((column) => Math.sin(7 * at + column).toFixed(4)).join(" ")}`;
  const file = (name, lines) => ({ name, mimeType: "text/plain", buffer: Buffer.from(lines.join("\n")) });
  await page.getByLabel("File of a pipeline").setInputFiles(file("cut.vec", [`${words.length + 1} 4`, ...words.map(line)]));
  await expect(page.getByRole("alert")).toContainText("The file is cut off or damaged".toLowerCase());
  await page.getByLabel("File of a pipeline").setInputFiles(file("Little words.vec", [`${words.length} 4`, ...words.map(line)]));
  const card = page.locator(".base-card");
  await expect(card).toContainText(`${words.length} × 4, for ${words.length} words`);
  await expect(card.getByRole("button", { name: "Suggest marks with it" })).toHaveCount(0);
  await picture(page, "bases-vectors");
  await card.getByRole("button", { name: /^Use its tokens/ }).click();
  await openTrain(page);
  await expect(page.locator("#train-base-hint")).toHaveText(/^Nerine reads the base's word vectors/);
  await start(page).click();
  await ready(page);
  await expect(page.locator(".status h1")).toHaveText("nerine-1");
  await expect(page.locator(".toast")).toContainText("suggestions in 4 texts");
  await chooseSpacy(page);
  await expect(page.locator("#train-base-hint")).toHaveText(/^Starts from nothing: .*, and its vectors\.$/);
  await page.getByLabel("Epochs").fill("40");
  await start(page).click();
  await ready(page);
  await expect(page.locator(".status h1")).toHaveText("en_little_words-2");
  await expect(page.locator(".toast")).toContainText("suggestions in 4 texts");
});

test("a training whose tab was closed goes on from its checkpoint", async ({ page, context }) => {
  await importTexts(page, "cut", texts(24, 4));
  await openTrain(page);
  await chooseSpacy(page, 1000);
  await start(page).click();
  await expect(page.locator(".status")).toContainText("Epoch");
  // A checkpoint is kept every few seconds.
  const epoch = async (page) => {
    const words = await page.locator(".status-name .meta").innerText();
    return Number(/Epoch (\d+)/.exec(words)?.[1] ?? 0);
  };
  await expect.poll(() => epoch(page), { timeout: 60_000 }).toBeGreaterThan(2);
  await page.waitForTimeout(6_000);
  const address = page.url();
  await page.close();

  const again = await context.newPage();
  await again.goto(address);
  await expect(again.locator(".banner")).toContainText("the tab was closed while it trained");
  await again.getByRole("button", { name: "Go on from the last checkpoint" }).click();
  await expect(again.locator(".status .chip")).toHaveText("Training", { timeout: 30_000 });
  await expect.poll(() => epoch(again), { timeout: 30_000 }).toBeGreaterThan(2);
  await again.getByRole("button", { name: "Stop and keep best" }).click();
  await ready(again);
  await expect(again.locator(".status")).toContainText("You stopped it.");
});
