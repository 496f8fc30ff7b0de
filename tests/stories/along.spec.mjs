// What learns while a person annotates: it suggests without a training, hears of every answer, says
// why a text comes next, and can be turned off.
import { drop, expect, expectAccessible, picture, test } from "./page.mjs";
import { importTexts, saved, text } from "./project.mjs";
import { openTrain, ready, start, texts } from "./training.mjs";

const learned = (page) => page.locator("#learned");
const along = (page) => page.getByRole("switch", { name: "Learn while I annotate" });
const titles = async (page) => (await page.locator(".line-title").allInnerTexts()).slice(0, 8);

/** The words in the list of suggestions, sorted. */
const listedWords = async (page) => (await page.locator(".suggested-line bdi").allInnerTexts()).sort();

/** The words that lie under the dashed boxes, sorted. */
const suggestedWords = (page) =>
  page.evaluate(() => {
    const column = document.querySelector("#text");
    const range = document.createRange();
    const words = [...document.querySelectorAll(".layer .mark.suggested")].map((it) => {
      const box = it.getBoundingClientRect();
      return [...column.firstChild.data].reduce(
        ({ text, at }, letter) => {
          range.setStart(column.firstChild, at);
          range.setEnd(column.firstChild, at + letter.length);
          const { left, right, top, bottom } = range.getBoundingClientRect();
          const [x, y] = [(left + right) / 2, (top + bottom) / 2];
          const isIn = box.left < x && x < box.right && box.top < y && y < box.bottom;
          return { text: isIn ? text + letter : text, at: at + letter.length };
        },
        { text: "", at: 0 },
      ).text;
    });
    return words.sort();
  });

test("it suggests from a few accepted texts, and learns from each that is added", async ({ page, requests }) => {
  await importTexts(page, "along", texts(12, 16));
  await expect(learned(page)).toHaveText(/^Has learned from \d+ texts so far\.$/, { timeout: 30_000 });
  expect(requests.filter((url) => /train_[cg]pu/.test(url)), "what trains spaCy's models").toEqual([]);
  const count = async () => Number(/from (\d+) text/.exec(await learned(page).innerText())?.[1]);
  const before = await count();
  // Texts that were not in front have suggestions; the one in front is left alone.
  await page.getByRole("button", { name: /^To do/ }).click();
  await expect(page.locator(".line", { hasText: "suggested" })).toHaveCount(15, { timeout: 30_000 });
  await expect(page.locator("#why-this")).toContainText(/unsure|drawn at random/);
  for (let n = 0; n < 6; n += 1) {
    const front = await page.locator(".line[aria-current]").innerText();
    await page.keyboard.press("a");
    await expect(page.locator(".line[aria-current]")).not.toHaveText(front);
  }
  await saved(page);
  await expect.poll(count).toBeGreaterThan(before);
  await expect(page.locator(".tag.suggested").first()).toContainText(/\d\.\d\d/);
  // What is drawn lies over the words of the text in front, not over those of the text before.
  await expect.poll(() => suggestedWords(page)).toEqual(await listedWords(page));
  await expectAccessible(page);
  await picture(page, "along");
});

test("it can be turned off, stays so, and the list is as it came in", async ({ page }) => {
  const docs = texts(12, 30);
  await importTexts(page, "off", docs);
  await page.getByRole("button", { name: /^To do/ }).click();
  const imported = docs.slice(12, 20).map((it) => it.text);
  await expect(learned(page)).toHaveText(/^Has learned/, { timeout: 30_000 });
  await expect.poll(() => titles(page), { timeout: 30_000 }).not.toEqual(imported);
  await along(page).click();
  await expect.poll(() => titles(page)).toEqual(imported);
  await expect(learned(page)).toBeEmpty();
  await page.reload();
  await expect(text(page)).toBeVisible();
  await expect(along(page)).toHaveAttribute("aria-checked", "false");
  await page.keyboard.press("a");
  await saved(page);
  await expect(learned(page)).toBeEmpty();
});

test("it reads texts that are added to the open project", async ({ page }) => {
  // The list holds what is in sight: all of it, so that all can be counted.
  await page.setViewportSize({ width: 1440, height: 2400 });
  const docs = texts(12, 30);
  await importTexts(page, "added", docs.slice(0, 20));
  await expect(learned(page)).toHaveText(/^Has learned/, { timeout: 30_000 });
  await drop(page, "more.jsonl", docs.slice(20).map((doc) => JSON.stringify(doc)).join("\n"));
  await page.getByRole("button", { name: "Add 22 texts" }).click();
  await page.getByRole("button", { name: /^To do/ }).click();
  // All that are to do but the one in front, which is left alone.
  await expect(page.locator(".line", { hasText: "suggested" })).toHaveCount(29, { timeout: 30_000 });
});

test("what was trained is trained again when there is a third more to learn from", async ({ page }) => {
  test.setTimeout(120_000);
  await importTexts(page, "grows", texts(24, 24));
  await openTrain(page);
  await start(page).click();
  await ready(page);
  await expect(page.locator(".toast")).toContainText("suggestions in 24 texts");
  await page.getByRole("link", { name: "Annotate", exact: true }).click();
  await page.getByRole("button", { name: /^To do/ }).click();
  await expect(learned(page)).toHaveText(/^Has learned/, { timeout: 30_000 });
  for (let n = 0; n < 22; n += 1) {
    const front = await page.locator("#text").innerText();
    await page.keyboard.press("a");
    await expect(page.locator("#text")).not.toHaveText(front);
  }
  await openTrain(page);
  const runs = page.locator(".run-row");
  await expect(runs.filter({ hasText: /^along-\d/ }).filter({ hasText: "suggests" })).toHaveCount(1, { timeout: 60_000 });
  await expect(runs.filter({ hasText: "nerine-1" })).toHaveCount(1);
  // One of this kind is kept: the newest.
  await expect(runs).toHaveCount(2);
});

test("with too little to learn from it waits", async ({ page }) => {
  await importTexts(page, "little", texts(4, 4));
  await expect(along(page)).toHaveAttribute("aria-checked", "true");
  await expect(learned(page)).toHaveText("It begins when 5 texts are accepted.");
});
