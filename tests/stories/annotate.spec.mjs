// Marking entities with mouse and keyboard.
import { AxeBuilder } from "@axe-core/playwright";

import { expect, expectAccessible, picture, test } from "./page.mjs";
import { addLabels, drag, importTexts, marks, openSample, saved, text } from "./project.mjs";

const DOC = {
  id: "gold",
  text: "Gold nanorods (AuNRs) at 10−3 M 🔬 were stable in PBS. Café au lait.\r\nA second line with nanorods.",
};

test.beforeEach(async ({ page }) => {
  page.setDefaultTimeout(15_000);
});

test("a drag grows to tokens, a digit labels it, and it is there after a reload", async ({ page }) => {
  await importTexts(page, "marks", [DOC]);
  await addLabels(page, "nanoparticle", "medium");
  await drag(page, "old nanoro");
  await expect(page.locator(".strip .quote")).toHaveText("Gold nanorods");
  await expect(page.locator(".strip")).toContainText("2 tokens");
  await page.keyboard.press("1");
  await expect(page.locator(".tag")).toHaveText("nanoparticle");
  await saved(page);
  await page.reload();
  await expect(text(page)).toBeVisible();
  await expect.poll(() => marks(page)).toEqual([["Gold nanorods", "nanoparticle"]]);
  await expect(text(page)).toHaveText(DOC.text, { useInnerText: false });
});

test("with Alt a drag selects letters", async ({ page }) => {
  await importTexts(page, "letters", [DOC]);
  await addLabels(page, "part");
  await drag(page, "noro", { alt: true });
  await expect(page.locator(".strip .quote")).toHaveText("noro");
});

test("a pinned label marks each selection at once", async ({ page }) => {
  await importTexts(page, "pin", [DOC]);
  await addLabels(page, "nanoparticle");
  await text(page).focus();
  await page.keyboard.press("1");
  await expect(page.locator(".strip")).toContainText("Each selection is marked at once");
  await drag(page, "AuNRs");
  await drag(page, "PBS");
  await expect.poll(() => marks(page)).toEqual([
    ["AuNRs", "nanoparticle"],
    ["PBS", "nanoparticle"],
  ]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await expect(page.locator(".strip")).not.toContainText("Each selection");
});

test("what was done is undone, across texts and after a reload", async ({ page }) => {
  await importTexts(page, "undo", [DOC, { id: "b", text: "Silver spheres." }]);
  await addLabels(page, "nanoparticle");
  await drag(page, "AuNRs");
  await page.keyboard.press("1");
  await page.keyboard.press("a");
  await expect(page.getByRole("heading", { name: "Text 2" })).toBeVisible();
  await saved(page);
  await page.reload();
  await expect(text(page)).toBeVisible();
  await text(page).focus();
  await page.keyboard.press("Backspace");
  await expect(page.getByRole("heading", { name: "Text 1" })).toBeVisible();
  await expect.poll(() => marks(page)).toEqual([["AuNRs", "nanoparticle"]]);
  await text(page).focus();
  await page.keyboard.press("Backspace");
  await expect.poll(() => marks(page)).toEqual([]);
  await page.keyboard.press("Shift+Backspace");
  await expect.poll(() => marks(page)).toEqual([["AuNRs", "nanoparticle"]]);
});

test("keyboard only: select, label, relabel, move an edge, remove, answer", async ({ page }) => {
  await importTexts(page, "keyboard", [DOC, { id: "b", text: "Silver spheres." }]);
  await addLabels(page, "nanoparticle", "medium");
  await text(page).focus();
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await expect(page.locator(".strip .quote")).toHaveText("Gold nanorods");
  await page.keyboard.press("2");
  await expect.poll(() => marks(page)).toEqual([["Gold nanorods", "medium"]]);
  await text(page).focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Tab");
  await page.keyboard.press("1");
  await expect.poll(() => marks(page)).toEqual([["Gold nanorods", "nanoparticle"]]);
  await text(page).focus();
  await page.keyboard.press("Shift+]");
  await expect.poll(() => marks(page)).toEqual([["Gold", "nanoparticle"]]);
  await text(page).focus();
  await page.keyboard.press("Delete");
  await expect.poll(() => marks(page)).toEqual([]);
  await text(page).focus();
  await page.keyboard.press("Space");
  await expect(page.getByRole("heading", { name: "Text 2" })).toBeVisible();
  await expect(text(page)).toBeFocused();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeHidden();
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await expect(page).toHaveURL(/export/);
});

test("what nobody has read is hatched, kept, undone and said on Train", async ({ page }) => {
  await importTexts(page, "unread", [DOC, { id: "b", text: "Silver spheres." }]);
  await addLabels(page, "nanoparticle");
  const hatched = page.locator(".layer .unread");
  const chip = page.getByRole("button", { name: "Part unread" });
  await drag(page, "AuNRs");
  await page.keyboard.press("1");
  await page.keyboard.press("Escape");
  await page.keyboard.press("u");
  await expect(chip).toBeVisible();
  await expect(hatched).toHaveCount(2);
  await picture(page, "unread");
  await page.keyboard.press("Control+z");
  await expect(hatched).toHaveCount(0);
  await page.keyboard.press("Shift+Backspace");
  await expect(hatched).toHaveCount(2);
  // What is selected there is read after all; the rest stays.
  await drag(page, "Café au lait");
  await page.getByRole("button", { name: "Read U" }).click();
  await expect(hatched).toHaveCount(3);
  await page.getByRole("button", { name: "Dark theme" }).click();
  await picture(page, "unread-dark");
  await expectAccessible(page);
  await text(page).focus();
  await page.keyboard.press("a");
  await saved(page);
  await page.reload();
  await page.keyboard.press("k");
  await page.getByRole("link", { name: "Train", exact: true }).click();
  await expect(page.getByText("What is unread of 1 text is left out.")).toBeVisible();
  await page.getByRole("link", { name: "Annotate", exact: true }).click();
  await page.locator(".side").getByText("Gold nanorods").click();
  await chip.click();
  await expect(hatched).toHaveCount(0);
});

test("texts that look like markup, run from right to left or hold odd characters stay text", async ({ page }) => {
  const docs = [
    { id: "<b>id</b>", text: '<script>window.hacked = 1</script> & <img src=x onerror="window.hacked = 1"> PEG' },
    { id: "rtl", text: "عولج المرضى بدواء دوكسوروبيسين ضد سرطان الثدي" },
    { id: "odd", text: "e\u0301 👩‍🔬 zero\u200bwidth \u202eabc\u202c ZnO" },
  ];
  await importTexts(page, "<i>odd</i>", docs);
  await addLabels(page, "<script>");
  for (const [at, words] of [[0, "PEG"], [1, "دوكسوروبيسين"], [2, "ZnO"]]) {
    await page.locator(".line").nth(at).click();
    await expect(page.getByRole("heading", { name: `Text ${at + 1}` })).toBeVisible();
    expect(await text(page).evaluate((it) => it.textContent)).toBe(docs[at].text);
    await drag(page, words);
    await page.keyboard.press("1");
    await expect.poll(() => marks(page)).toEqual([[words, "<script>"]]);
  }
  expect(await page.evaluate(() => window.hacked)).toBeUndefined();
  await saved(page);
});

test("a second tab may read and does not write", async ({ page, context }) => {
  await importTexts(page, "two tabs", [DOC]);
  const second = await context.newPage();
  await second.goto(page.url());
  await expect(second.getByText("This project is open in another tab.")).toBeVisible();
  await expect(second.locator("#text")).toBeVisible();
});

test("the sample can be worked on, light and dark, at every width", async ({ page }) => {
  await openSample(page);
  await expectAccessible(page);
  await picture(page, "annotate");
  await page.getByRole("button", { name: "Dark theme" }).click();
  await expectAccessible(page);
  await picture(page, "annotate-dark");
  for (const width of [360, 768, 1024, 2560]) {
    await page.setViewportSize({ width, height: 844 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `sideways scroll at ${width}`).toBeLessThanOrEqual(0);
    await expect(page.getByRole("button", { name: /^Accept/ })).toBeInViewport();
    await picture(page, `annotate-${width}`);
  }
});

test("a mark that wraps ends with its last word on every line", async ({ page }) => {
  const words = Array.from({ length: 60 }, (_, at) => `particle${at}`).join(" ");
  const spans = [{ start: 0, end: words.length, label: "long" }];
  await importTexts(page, "wraps", [{ id: "long", text: words, spans }]);
  await expect(page.locator(".mark").nth(4)).toBeAttached();
  const ends = await page.evaluate(() => {
    const node = document.querySelector("#text").firstChild;
    const range = document.createRange();
    // Where the last letter of each line ends.
    const letters = new Map();
    for (let at = 0; at < node.length; at += 1) {
      if (/\s/.test(node.data[at])) continue;
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const { right, top, height } = range.getBoundingClientRect();
      letters.set(Math.round(top + height / 2), right);
    }
    const right = (it) => it.getBoundingClientRect().right;
    const middle = (it) => it.getBoundingClientRect().top + it.getBoundingClientRect().height / 2;
    const fills = [...document.querySelectorAll(".mark")].map((it) => [middle(it), right(it)]);
    const lines = [...document.querySelectorAll(".under-line")].map(right);
    return { letters: [...letters], fills, lines };
  });
  expect(ends.letters.length).toBeGreaterThan(4);
  expect(ends.fills).toHaveLength(ends.letters.length);
  for (const [at, [, right]] of ends.letters.entries()) {
    expect(Math.abs(ends.fills[at][1] - right), `fill ${at}`).toBeLessThan(2);
    expect(Math.abs(ends.lines[at] - right), `line ${at}`).toBeLessThan(2);
  }
});

test("a label that marks use gets another name, after a question", async ({ page }) => {
  const spans = [{ start: 0, end: 4, label: "Metall" }];
  await importTexts(page, "names", [{ id: "a", text: "Gold rods.", spans }, { id: "b", text: "Zinc rods.", spans }]);
  await page.getByRole("button", { name: "Edit labels" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Labels" });
  await dialog.getByLabel("New label").fill("Shape");
  await dialog.getByLabel("New label").press("Enter");
  await dialog.getByLabel("Name of Metall").fill("Shape");
  await dialog.getByLabel("Name of Metall").press("Enter");
  await expect(dialog.getByRole("alert")).toHaveText("There is a label “Shape” already.");

  await dialog.getByLabel("Name of Metall").fill("Metal");
  await dialog.getByLabel("Name of Metall").press("Enter");
  const question = dialog.getByRole("alertdialog");
  await expect(question).toContainText("“Metall” becomes “Metal” on 2 marks");
  await expect(question.getByRole("button", { name: "Keep" })).toBeFocused();
  await expectAccessible(page);
  await question.getByRole("button", { name: "Keep" }).click();
  await expect(dialog.getByLabel("Name of Metall")).toHaveValue("Metall");

  await dialog.getByLabel("Name of Metall").fill("Metal");
  await dialog.getByLabel("Name of Metall").press("Enter");
  await question.getByRole("button", { name: "Rename 2 marks" }).click();
  await expect(dialog.getByLabel("Name of Metal", { exact: true })).toHaveValue("Metal");
  await saved(page);
  await page.reload();
  await expect(text(page)).toBeVisible();
  await expect.poll(() => marks(page)).toEqual([["Gold", "Metal"]]);
});

test("what was done under the old name of a label is undone under the new one", async ({ page }) => {
  await importTexts(page, "undo names", [DOC]);
  await addLabels(page, "nano");
  await drag(page, "AuNRs");
  await page.keyboard.press("1");
  await saved(page);
  await page.getByRole("button", { name: "Edit labels" }).first().click();
  await page.getByLabel("Name of nano").fill("nanoparticle");
  await page.getByLabel("Name of nano").press("Enter");
  await page.getByRole("button", { name: "Rename 1 mark" }).click();
  await expect(page.getByLabel("Name of nanoparticle")).toBeVisible();
  await page.getByRole("button", { name: "Close" }).click();
  await expect.poll(() => marks(page)).toEqual([["AuNRs", "nanoparticle"]]);
  await text(page).focus();
  await page.keyboard.press("Backspace");
  await expect.poll(() => marks(page)).toEqual([]);
  await page.keyboard.press("Shift+Backspace");
  await expect.poll(() => marks(page)).toEqual([["AuNRs", "nanoparticle"]]);
});

test("every part of the page has its place: message, text, empty project", async ({ page }) => {
  const everythingIsInAPlace = async () => {
    const { violations } = await new AxeBuilder({ page }).withRules(["region", "page-has-heading-one", "heading-order"]).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`)).toEqual([]);
  };
  await importTexts(page, "places", [DOC, { id: "b", text: "Silver spheres." }]);
  await page.keyboard.press("x");
  await expect(page.getByRole("region", { name: "Messages" })).toContainText("Rejected text 1.");
  // The message does not lie over the answers. It stays while it is hovered.
  await page.locator(".toast").hover();
  const box = (selector) => page.locator(selector).boundingBox();
  const [message, answers] = [await box(".toast"), await box(".answers")];
  expect(message.y + message.height).toBeLessThanOrEqual(answers.y);
  await everythingIsInAPlace();

  await page.getByRole("link", { name: "Nerine, all projects" }).click();
  await page.getByRole("button", { name: "New project" }).click();
  await page.keyboard.type("empty");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "No texts yet" })).toBeVisible();
  await everythingIsInAPlace();
});
