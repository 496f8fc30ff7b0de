// Export: what a file would not hold is said first, then the file is saved.
import { readFile } from "node:fs/promises";

import { expect, expectAccessible, picture, test } from "./page.mjs";
import { goHome, importTexts } from "./project.mjs";

/** The mark “nano” ends inside a word; tokens cannot hold it as it is. */
const DOCS = [
  {
    id: "cut",
    text: "Gold nanorods 🔬 were stable.",
    spans: [{ start: 5, end: 9, label: "Material" }],
    answer: "accept",
  },
  { id: "fits", text: "Café au lait", spans: [{ start: 0, end: 4, label: "Drink" }], answer: "accept" },
  { id: "open", text: "Nobody looked at this." },
];

async function openExport(page) {
  await importTexts(page, "Abstracts", DOCS);
  await page.getByRole("link", { name: "Export", exact: true }).click();
  await expect(page.locator(".losses")).toBeVisible({ timeout: 20_000 });
}

async function save(page) {
  const download = page.waitForEvent("download");
  await page.locator("#export-save").click();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

test.beforeEach(async ({ page }) => {
  page.setDefaultTimeout(15_000);
});

test("a format of tokens says what it loses, and the better one keeps it", async ({ page }) => {
  await openExport(page);
  const format = (name) => page.locator(".format").filter({ hasText: name });
  await expect(format("Nerine project")).toContainText("nothing lost");
  await expect(format("Prodigy JSONL")).toContainText("nothing lost");
  await expect(format("CoNLL, IOB2")).toContainText(/\d loss/);
  await page.getByLabel("CoNLL, IOB2").check();
  await expect(page.locator(".banner")).toContainText("This file will not hold all your work.");
  await expect(page.locator(".losses").getByRole("row", { name: /^Marks/ })).toContainText("1 changed");
  await expect(page.locator(".passage .marked")).toHaveText("nano");
  await expect(page.getByRole("region", { name: "The first text in the file" })).toContainText("B-Material");
  await expectAccessible(page);
  await picture(page, "export");

  // Its size is known before it is written.
  const says = await page.locator("#export-save").innerText();
  const conll = await save(page);
  expect(says).toContain(`Save 1 file · ${conll.bytes.length} bytes`);
  expect(conll.name).toBe("abstracts.iob2.conll");
  expect(conll.bytes.toString("utf8")).toMatch(/^Café\tB-Drink$/m);

  await page.getByRole("button", { name: "Use Prodigy JSONL" }).click();
  await expect(page.locator(".banner")).toHaveCount(0);
  const prodigy = await save(page);
  expect(prodigy.name).toBe("abstracts.jsonl");
  const lines = prodigy.bytes.toString("utf8").trim().split("\n").map((line) => JSON.parse(line));
  expect(lines.map(({ text }) => text)).toEqual([DOCS[0].text, DOCS[1].text]);
  const place = ({ start, end, label }) => ({ start, end, label });
  expect(lines.map(({ spans }) => spans.map(place))).toEqual([DOCS[0].spans, DOCS[1].spans]);
});

test("a .spacy file comes back with the marks that fit its words", async ({ page }) => {
  await openExport(page);
  await page.locator(".format").filter({ hasText: ".spacy" }).getByRole("radio").check();
  await expect(page.locator(".losses").getByRole("row", { name: /^Marks/ })).toContainText("1 changed");
  await expect(page.getByLabel("Tokens", { exact: true })).toHaveValue("blank:en");
  await expect(page.getByRole("region", { name: "The first text in the file" })).toContainText("U-Material");
  await expectAccessible(page);
  const file = await save(page);
  expect(file.name).toBe("abstracts.spacy");

  await goHome(page);
  await page.locator('input[type="file"]').setInputFiles({
    name: file.name,
    mimeType: "application/octet-stream",
    buffer: file.bytes,
  });
  await expect(page.getByLabel("Read as")).toHaveValue("spaCy");
  await expect(page.getByText("2 of 2 texts shown, 2 marks")).toBeVisible();
  await expect(page.getByRole("region", { name: "What to know about these files" })).toContainText("brings its own tokens");
});

test("a project file holds every text, and nothing can be saved where there is nothing", async ({ page }) => {
  await openExport(page);
  const project = await save(page);
  expect(project.name).toBe("abstracts.nerine");
  expect(project.bytes.subarray(0, 2).toString("latin1")).toBe("PK");

  await importTexts(page, "Open", [DOCS[2]]);
  await page.getByRole("link", { name: "Export", exact: true }).click();
  await page.getByLabel("Prodigy JSONL").check();
  await expect(page.locator("#export-why")).toHaveText("No accepted texts yet. Accept some, or choose all texts.");
  await expect(page.locator("#export-save")).toHaveAttribute("aria-disabled", "true");
  await page.getByLabel("Which texts").selectOption("All");
  await expect(page.locator("#export-save")).toHaveAttribute("aria-disabled", "false");
});
