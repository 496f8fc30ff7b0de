// Bases: a spaCy pipeline comes in, is shown as it is, suggests, lends its tokens, and goes.
import { readFileSync } from "node:fs";

import { expect, expectAccessible, open, picture, test } from "./page.mjs";
import { goHome, importTexts, text, tokensReady } from "./project.mjs";

const GOLDEN = new URL("../../crates/predict/tests/golden/", import.meta.url);
const PIPELINE = readFileSync(new URL("parser_before_ner.zip", GOLDEN));
/** What spaCy finds, the first text of each pair in a line of its own. */
const EXPECTED = readFileSync(new URL("parser_before_ner.jsonl", GOLDEN), "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line));

const card = (page) => page.locator(".base-card");

async function bring(page, name, bytes) {
  await page.getByLabel("File of a pipeline").setInputFiles({ name, mimeType: "application/octet-stream", buffer: bytes });
}

async function goTo(page, screen) {
  await page.getByRole("link", { name: screen, exact: true }).click();
}

test("a pipeline says what it is, suggests what spaCy finds, lends its tokens and goes", async ({ page }) => {
  test.setTimeout(120_000);
  const found = EXPECTED.slice(0, 12);
  await importTexts(page, "Trial", found.map((it, at) => ({ id: `t${at}`, text: it.text })));
  await goTo(page, "Bases");
  await expect(page.getByRole("heading", { name: "What do your models start from?" })).toBeVisible();
  await expectAccessible(page);
  await bring(page, "parser_before_ner.zip", PIPELINE);
  await expect(card(page)).toBeVisible({ timeout: 30_000 });
  await expect(card(page).getByRole("list", { name: "Components" })).toContainText("parserused");
  await expect(card(page)).toContainText("DRUG");
  await expectAccessible(page);
  await picture(page, "bases");
  // The very same is not kept twice, and what is saved is the very same.
  await bring(page, "again.zip", PIPELINE);
  await expect(page.locator(".toast")).toContainText("was here already");
  for (const ending of [".zip", ".whl"]) {
    const saved = page.waitForEvent("download");
    await card(page).getByRole("button", { name: new RegExp(`^Save .* as \\${ending}$`) }).click();
    const file = await saved;
    await expect(page.locator(".toast")).toContainText(`Saved as ${file.suggestedFilename()}`);
    expect(file.suggestedFilename()).toContain(ending);
    await bring(page, file.suggestedFilename(), readFileSync(await file.path()));
    await expect(page.locator(".toast")).toContainText("was here already");
  }
  await expect(card(page)).toHaveCount(1);

  const n = found.reduce((sum, it) => sum + it.ents.length, 0);
  await card(page).getByRole("button", { name: "Suggest marks with it" }).click();
  await expect(page.locator(".toast")).toContainText(`${n} suggestions in 12 texts.`, { timeout: 60_000 });
  await goTo(page, "Annotate");
  await expect(page.locator(".suggested-line")).toHaveCount(found[0].ents.length);
  const words = [...found[0].text];
  await expect(page.locator(".suggested-line bdi")).toHaveText(found[0].ents.map(([start, end]) => words.slice(start, end).join("")));
  // spaCy tells no probability, and none is made up.
  await expect(page.locator(".suggested-line").first()).not.toContainText("1.00");
  await expect(page.locator(".tag.suggested").first()).not.toContainText("1.00");
  await expect(page.getByRole("complementary", { name: "Labels and suggestions" })).toContainText("spaCy gives no confidence");
  await expect(page.locator("#confidence")).toHaveCount(0);
  await picture(page, "pre-annotated");

  await goTo(page, "Bases");
  await card(page).getByRole("button", { name: /^Use its tokens/ }).click();
  await expect(card(page)).toContainText("Tokens in this project");
  const name = await card(page).getByRole("heading").innerText();
  await goTo(page, "Annotate");
  await tokensReady(page);
  await expect(page.locator(".tokens")).toContainText(name);
  await goTo(page, "Align");
  await expect(page.getByRole("group", { name: "Bases to compare" })).toContainText(name);

  await page.reload();
  await goTo(page, "Bases");
  await card(page).getByRole("button", { name: `Remove ${name}` }).click();
  const ask = page.getByRole("dialog");
  await expect(ask).toContainText("1 project uses its tokens");
  await ask.getByRole("button", { name: "Remove" }).click();
  await expect(card(page)).toHaveCount(0);
  await goTo(page, "Annotate");
  await tokensReady(page);
  await expect(page.locator(".tokens")).toContainText("blank:en");
  await expect(text(page)).toContainText(found[0].text);
});

test("a pipeline's labels come as those of the project that they mean", async ({ page }) => {
  const found = EXPECTED.slice(0, 6).map((it, at) => ({ id: `t${at}`, text: it.text }));
  const marked = { id: "own", text: "Zinc heals.", spans: [{ start: 0, end: 4, label: "Drug" }], answer: "accept" };
  await importTexts(page, "Meaning", [marked, ...found]);
  await goTo(page, "Bases");
  await bring(page, "parser_before_ner.zip", PIPELINE);
  await card(page).getByRole("button", { name: "Suggest marks with it" }).click();
  await expect(page.locator(".toast")).toContainText("DRUG comes as Drug.", { timeout: 60_000 });
  await picture(page, "labels-meant");
  await goTo(page, "Annotate");
  const labels = page.getByRole("complementary", { name: "Labels and suggestions" });
  await expect(labels).toContainText("Drug");
  await expect(labels).not.toContainText("DRUG");
});

test("bases are seen without a project, and what is no pipeline is refused in words", async ({ page }) => {
  await open(page);
  await page.getByRole("link", { name: "Bases", exact: true }).click();
  await expect(page).toHaveURL(/#\/bases$/);
  await expect(page.getByRole("row", { name: /en_ner_bc5cdr_md/ })).toContainText("CC BY-SA 3.0");
  await expect(page.getByRole("row", { name: /en_core_web_trf/ })).toContainText("not yet");
  for (const [name, bytes, why] of [
    ["text.zip", Buffer.from("some words"), /^The archive cannot be read/],
    ["cut.zip", PIPELINE.subarray(0, 20_000), /^The archive cannot be read/],
    ["empty.zip", Buffer.from("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "base64"), /^No spaCy pipeline/],
  ]) {
    await bring(page, name, bytes);
    await expect(page.getByRole("alert")).toHaveText(new RegExp(why.source));
    await page.getByRole("button", { name: "Dismiss" }).click();
  }
  await expect(card(page)).toHaveCount(0);
  await bring(page, "parser_before_ner.zip", PIPELINE);
  await expect(card(page)).toHaveCount(1, { timeout: 30_000 });
  await expect(card(page).getByRole("button", { name: "Suggest marks with it" })).toHaveCount(0);
  await goHome(page);
  await expect(page.getByRole("heading", { name: "No texts yet" })).toBeVisible();
});

test("the bases fit from 360 to 2560 pixels, light and dark", async ({ page }) => {
  await open(page, "./#/bases");
  await bring(page, "parser_before_ner.zip", PIPELINE);
  await expect(card(page)).toHaveCount(1, { timeout: 30_000 });
  for (const width of [360, 768, 1440, 2560]) {
    await page.setViewportSize({ width, height: 900 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `at ${width} pixels`).toBeLessThanOrEqual(0);
    await picture(page, `bases-${width}`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole("button", { name: "Dark theme" }).click();
  await expectAccessible(page);
  await picture(page, "bases-dark");
});
