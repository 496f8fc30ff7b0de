// Bases compared: chosen, run beside each other, judged, taken over and taken home.
import { readFileSync } from "node:fs";

import { disk, fillDisk } from "./faults.mjs";
import { expect, expectAccessible, picture, test } from "./page.mjs";
import { importTexts } from "./project.mjs";

test.beforeEach(async ({ page }) => {
  page.setDefaultTimeout(15_000);
});

/** Opens the Compare screen of the open project. */
async function openCompare(page) {
  await page.getByRole("link", { name: "Compare", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Compare", exact: true })).toBeAttached();
}

/** The button that begins a comparison. */
const begin = (page) => page.getByRole("button", { name: /^Compare \d+ bases?$/ });

/** Waits until every run has ended. */
async function over(page) {
  await expect(page.locator(".toast")).toContainText("The comparison is done", { timeout: 240_000 });
}

/** The F1 of each base, by name. */
async function scores(page) {
  const rows = page.locator(".bases-card tbody tr:not(.row-more)");
  const read = (rows) => rows.map((row) => [row.querySelector("bdi").innerText, row.querySelector(".f1-cell").innerText]);
  return Object.fromEntries(await rows.evaluateAll(read));
}

/** Texts that no model reads without errors: names are not seen twice, and some are not marked. */
function hardTexts(accepted, toDo) {
  let state = 7;
  const draw = (n) => (state = (state * 48271) % 2147483647) % n;
  const name = () => Array.from({ length: 2 + draw(2) }, () => ["bor", "ko", "ri", "tel", "mun", "sa", "vex", "lo"][draw(8)]).join("");
  const known = ["gold nanorods", "silica shells", "liposomes", "graphene oxide"];
  const verbs = ["was coated with", "was given beside", "took up", "did not bind"];
  return Array.from({ length: accepted + toDo }, (_, at) => {
    const parts = [];
    for (let n = 0; n < 2; n++) {
      const material = draw(2) ? known[draw(4)] : `${name()} beads`;
      const cell = draw(2) ? "HeLa cells" : `${name().toUpperCase()}-${draw(90)}`;
      parts.push(["In "], [cell, "Cell line"], [` ${material.length % 2 ? "the" : "some"} ${name()} `], [`${verbs[draw(4)]} `], [material, "Material"], [` after ${draw(48)} h. `]);
    }
    const spans = [];
    let whole = "";
    for (const [words, label] of parts) {
      if (label && draw(8)) spans.push({ start: whole.length, end: whole.length + words.length, label });
      whole += words;
    }
    const doc = { id: `doc-${at}`, text: whole.trimEnd() };
    return at < accepted ? { ...doc, spans, answer: "accept" } : doc;
  });
}

test("bases are compared, one is taken, another joins, and all of it goes home", async ({ page }) => {
  test.setTimeout(600_000);
  await importTexts(page, "compared", hardTexts(120, 12));
  await openCompare(page);
  await expect(page.getByRole("heading", { name: "Nothing compared yet" })).toBeVisible();
  await expect(begin(page)).toHaveText("Compare 2 bases");
  await page.getByLabel("Seeds", { exact: true }).fill("2");
  await page.getByRole("switch", { name: "Learning curve" }).click();
  await page.getByLabel("Epochs").fill("12");
  await expect(page.locator("#compare-runs-say")).toContainText("2 bases × 2 seeds × 4 shares: 16 runs");
  await expectAccessible(page);
  await picture(page, "compare-form");
  await begin(page).click();
  await expect(page.getByRole("heading", { name: "Runs" })).toBeVisible();
  await expect(page.locator(".at-work li")).toHaveCount(2);
  await expectAccessible(page);
  await picture(page, "compare-runs");

  // Nobody has to wait: texts are answered beside it, and the page may be closed.
  await expect(page.locator(".compare-progress header")).toContainText(/[2-9] of 16 runs/, { timeout: 60_000 });
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await expect(page.locator(".at-work li")).toHaveCount(0);
  await page.getByRole("button", { name: "Go on", exact: true }).click();
  await page.reload();
  await expect(page.locator(".toast")).toContainText("The comparison goes on.");
  await over(page);
  await expect(page.getByText("Recommendation", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await picture(page, "compare");

  const first = await scores(page);
  expect(Object.keys(first).sort()).toEqual(["Nerine", "blank:en"]);
  for (const f1 of Object.values(first)) expect(f1).toMatch(/^[01]\.\d{3}/);
  await page.getByRole("button", { name: /^F1/ }).click();
  await expect(page.getByRole("columnheader", { name: /^F1/ })).toHaveAttribute("aria-sort", "ascending");
  await page.getByRole("button", { name: "Why, and what next" }).click();
  await expect(page.locator(".disagree .pager")).toContainText(/1 of \d+/);
  await page.getByRole("button", { name: "Next text" }).click();
  await expect(page.locator(".disagree .pager")).toContainText(/2 of \d+/);
  await expectAccessible(page);
  for (const name of ["compare-dark", "compare-narrow"]) {
    if (name.endsWith("dark")) await page.getByRole("button", { name: /dark/i }).click();
    else await page.setViewportSize({ width: 390, height: 844 });
    const tooWide = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await expect.poll(tooWide, { message: "nothing scrolls sideways" }).toBe(0);
    await page.locator("main").evaluate((main) => main.scrollTo(0, 0));
    await picture(page, name);
    await expectAccessible(page);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole("button", { name: /light/i }).click();
  await page.locator(".blind").scrollIntoViewIfNeeded();
  await picture(page, "compare-below");

  // The report is a page of its own that asks for nothing.
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Report as HTML" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("compared comparison.html");
  const report = readFileSync(await file.path(), "utf8");
  expect(report).toContain("blank:en");
  expect(report).not.toMatch(/(src|href)="https?:/);

  const packed = page.waitForEvent("download");
  await page.getByRole("button", { name: "spaCy project" }).click();
  expect((await packed).suggestedFilename()).toMatch(/-spacy-project\.zip$/);

  // Two models are judged without their names.
  await page.locator(".blind").getByRole("button", { name: "Begin" }).click();
  const choose = page.getByRole("button", { name: "The first is better" });
  await expect(choose.or(page.getByText("Both find the same"))).toBeVisible({ timeout: 60_000 });
  await picture(page, "compare-blind");
  while (await choose.isVisible()) await choose.click();

  // Another base joins on the same texts.
  await page.getByRole("button", { name: "Add base" }).click();
  await page.getByRole("button", { name: "More: tokens of other languages" }).click();
  await page.getByRole("checkbox", { name: /blank:xx/ }).check();
  await page.getByLabel("Epochs").fill("2");
  await page.getByRole("button", { name: "Add 1 base" }).click();
  await over(page);
  const all = await scores(page);
  expect(all).toMatchObject(first);
  expect(Object.keys(all)).toContain("blank:xx");

  // What is taken is a model like any other, and stays.
  await page.getByRole("button", { name: /^Use / }).first().click();
  await expect(page.locator(".toast")).toContainText(/suggestions? in 12 texts/, { timeout: 60_000 });
  await page.getByRole("button", { name: /^Delete the comparison of/ }).click();
  await expect(page.getByRole("dialog")).toContainText("The model that you took stays.");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Nothing compared yet" })).toBeVisible();
  await page.getByRole("link", { name: "Train", exact: true }).click();
  await expect(page.locator(".run-row")).toHaveCount(1);
  await expect(page.locator(".run-row")).toContainText("suggests");
});

const GOLDEN = new URL("../../crates/predict/tests/golden/", import.meta.url);

/** Texts in which the pipeline below finds something, to do. */
const ofPipeline = (n) =>
  readFileSync(new URL("parser_before_ner.jsonl", GOLDEN), "utf8")
    .split("\n")
    .filter(Boolean)
    .slice(0, n)
    .map((line, at) => ({ id: `to-do-${at}`, text: JSON.parse(line).text }));

/** Brings a small pipeline that spaCy trained. */
async function bringPipeline(page) {
  await page.getByRole("link", { name: "Bases", exact: true }).click();
  const buffer = readFileSync(new URL("parser_before_ner.zip", GOLDEN));
  await page.getByLabel("File of a pipeline").setInputFiles({ name: "parser_before_ner.zip", mimeType: "application/zip", buffer });
  await expect(page.locator(".base-card")).toBeVisible({ timeout: 30_000 });
}

/** Chooses these bases and no others. */
async function choose(page, ...names) {
  const boxes = page.locator(".choose-bases").getByRole("checkbox");
  for (const box of await boxes.all()) await box.uncheck();
  for (const name of names) await page.locator(".choose-bases").getByRole("checkbox", { name }).check();
}

test("a pipeline says what it forgot and what each remedy keeps, and one that goes leaves the rest", async ({ page }) => {
  test.setTimeout(600_000);
  await importTexts(page, "forgotten", [...hardTexts(60, 0), ...ofPipeline(30)]);
  await bringPipeline(page);
  await openCompare(page);
  await choose(page, /^Trained further$/, /replay/, /^A second ner/, /^As it came/);
  await page.getByLabel("Seeds", { exact: true }).fill("1");
  await page.getByLabel("Epochs").fill("5");
  await page.getByRole("button", { name: "Compare 4 bases" }).click();
  await over(page);
  await expect(page.locator(".banner").getByText(/finds none of the labels/)).toBeVisible();
  const forgot = page.getByRole("region", { name: "What they forgot" });
  await expect(forgot).toContainText("agrees with what it found before training");
  await expect(forgot).toContainText("With replay of its own predictions F1 changes by +");
  await expect(forgot).toContainText("With a second ner beside its own F1 changes by +");
  await expect(page.locator(".bases-card tbody tr")).toHaveCount(3);
  await expectAccessible(page);
  await forgot.scrollIntoViewIfNeeded();
  await picture(page, "compare-forgot");

  await page.getByRole("button", { name: "New comparison" }).first().click();
  await choose(page, /^Nerine/, /^Trained further$/);
  await page.getByRole("button", { name: "Compare 2 bases" }).click();
  await expect(page.locator(".at-work li")).toHaveCount(2);
  await page.getByRole("link", { name: "Bases", exact: true }).click();
  await page.getByRole("button", { name: /^Remove/ }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await over(page);
  await openCompare(page);
  await page.getByRole("button", { name: "List all runs" }).click();
  await expect(page.locator("#compare-runs").getByRole("row", { name: /left out.*Its base was deleted/ })).toHaveCount(3);
  await expect(page.locator("#compare-runs").getByRole("row", { name: /Nerine.*done/ })).toHaveCount(3);
  expect(Object.keys(await scores(page))).toEqual(["Nerine"]);
});

test("a comparison that finds the disk full pauses, and goes on when there is room", async ({ page, baseURL }) => {
  test.setTimeout(600_000);
  const resize = await disk(page, baseURL);
  await resize(20_000_000);
  await importTexts(page, "full", hardTexts(40, 4));
  await openCompare(page);
  await choose(page, /^Nerine/);
  await page.getByRole("button", { name: "Compare 1 base" }).click();
  await expect(page.locator(".compare-progress header")).toContainText("1 of 3 runs", { timeout: 60_000 });
  await fillDisk(page);
  await expect(page.locator(".toast")).toContainText("The comparison pauses. The disk is full", { timeout: 60_000 });
  await expect(page.locator(".failure").first()).toContainText("The disk is full");
  await expect(page.getByText(/^Recommendation/)).toBeVisible();
  await resize();
  const again = page.getByRole("button", { name: "Try again" });
  do await again.first().click();
  while (await again.count());
  await over(page);
  await expect(page.locator(".compare-progress")).toHaveCount(0);
});
