// Align: marks that cut words are found, shown in their texts, and corrected, all alike in one go.
import { expect, expectAccessible, picture, test } from "./page.mjs";
import { drag, importTexts, marks, saved, text, tokensReady } from "./project.mjs";

const DOCS = [
  {
    id: "one",
    text: "Gold nanorods 🔬 were stable in PBS-buffered media.",
    spans: [
      { start: 0, end: 4, label: "Metal" },
      { start: 5, end: 9, label: "Material" },
    ],
  },
  { id: "none", text: "Nothing is marked in this text." },
  { id: "two", text: "The nanorods grew.", spans: [{ start: 4, end: 8, label: "Material" }] },
];

const row = (page, name) => page.locator(".aligned tbody tr").filter({ has: page.getByRole("button", { name, exact: true }) });
const allFit = (page) => page.getByRole("heading", { name: /^Every mark falls on the tokens of / });

async function openAlign(page) {
  await importTexts(page, "Rods", DOCS);
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await expect(page.getByRole("heading", { name: "Do your marks fit the words?" })).toBeVisible();
  await expect(row(page, "nano")).toContainText("2 times");
}

test.beforeEach(async ({ page }) => {
  page.setDefaultTimeout(15_000);
});

test("marks alike are corrected in one go, and one undo takes it back", async ({ page }) => {
  await openAlign(page);
  await expect(page.getByRole("radio", { name: "blank:en" })).toBeChecked();
  const used = page.locator(".aligned th.is-used");
  await expect(used).toContainText("33.3 % fit · 2 do not");
  await expect(used).toContainText("F1 at most 0.500");
  await expect(page.locator(".align-foot")).toContainText("With blank:en: 2 to grow");
  await expect(page.locator("#fix-everything")).toHaveText("Fix 2 marks");

  // By keyboard: the row opens, and shows a mark in its text as each base cuts it.
  await page.getByRole("button", { name: "nano", exact: true }).press("Enter");
  const lines = page.locator(".place-lines");
  await expect(lines.locator("dt")).toHaveText(["blank:en", "blank:xx", "scispacy"]);
  await expect(lines.locator(".token.is-cut").first()).toHaveText("nanorods");
  await expect(lines.locator("dd").first()).toContainText("stable");
  await expect(page.locator(".place")).toContainText("1 of 2");
  await page.getByRole("button", { name: "Next place" }).click();
  await expect(lines.locator("dd").first()).toContainText("grew");
  await expect(page.locator(".place")).toContainText("nano → nanorods, it is part of a longer word");
  await expectAccessible(page);
  await picture(page, "align");

  await page.locator(".place").getByRole("button", { name: "Grow all 2 to words" }).click();
  await expect(page.locator(".toast")).toContainText("2 marks are corrected.");
  await expect(allFit(page)).toHaveText("Every mark falls on the tokens of blank:en, blank:xx and scispacy.");
  await saved(page);
  await expectAccessible(page);

  await page.keyboard.press("Control+z");
  await expect(row(page, "nano")).toContainText("2 times");
  await saved(page);
  await page.keyboard.press("Control+Shift+z");
  await expect(allFit(page)).toBeVisible();
  await saved(page);

  await page.reload();
  await expect(allFit(page)).toBeVisible({ timeout: 20_000 });
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await expect(text(page)).toBeVisible();
  expect(await marks(page)).toEqual([
    ["Gold", "Metal"],
    ["nanorods", "Material"],
  ]);
});

test("one mark is corrected and the others stay", async ({ page }) => {
  await openAlign(page);
  await page.getByRole("button", { name: "nano", exact: true }).click();
  await page.getByRole("button", { name: "Fix this mark" }).click();
  await expect(row(page, "nano")).toContainText("1 time");
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await expect(row(page, "nano")).toContainText("2 times");

  await page.getByRole("button", { name: "Labels", exact: false }).click();
  await expect(row(page, "Marks of Metal")).toContainText("all fit");
  await expect(row(page, "Marks of Material")).toContainText("0.0 % fit · 2 do not");
  await page.getByRole("button", { name: "Texts", exact: false }).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Text 3" }).click();
  await expect(text(page)).toHaveText("The nanorods grew.");
});

test("another base's tokens are used, and no mark is touched", async ({ page }) => {
  await importTexts(page, "Rods", DOCS);
  const before = await marks(page);
  await page.getByLabel("tokens:").selectOption("blank:zh");
  await expect(page.locator(".toast")).toContainText("The tokens are those of blank:zh now. No mark was changed.");
  await tokensReady(page);
  expect(await marks(page)).toEqual(before);
  await drag(page, "sta");
  await expect(page.locator(".quote")).toHaveText("sta");

  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await expect(page.getByRole("radio", { name: "blank:zh" })).toBeChecked();
  await expect(page.locator(".align-foot")).toContainText("With blank:zh: every mark fits");
  await expect(row(page, "nano")).toContainText("fits");
  await page.getByRole("group", { name: "Bases to compare" }).getByRole("button", { name: "scispacy" }).click();
  await expect(page.getByRole("radio", { name: "scispacy" })).toHaveCount(0);
  await page.getByRole("radio", { name: "blank:en" }).check();
  await expect(page.locator(".align-foot")).toContainText("With blank:en: 2 to grow");
});
