// The whole job without a mouse: every step is a key that a person presses.
import { expect, open, test } from "./page.mjs";

const METALS = ["Gold", "Zinc", "Iron", "Silver", "Copper"];
/** Texts of one pattern, so that a model finds the rest after a few. */
const TEXTS = Array.from({ length: 16 }, (_, at) => `${METALS[at % METALS.length]} nanorods were seen in mice ${at + 2} days later.`);
/** How many of them are marked by hand. */
const BY_HAND = 12;

/** Presses Tab until something has the focus; more than `most` are too many. */
async function tabTo(page, target, most, key = "Tab") {
  const isThere = () => target.evaluate((it) => it === document.activeElement);
  for (let pressed = 0; pressed <= most; pressed += 1) {
    if (await isThere()) return;
    await page.keyboard.press(key);
  }
  const focused = await page.evaluate(() => document.activeElement.outerHTML.slice(0, 200));
  throw new Error(`${target} is not reached by ${most} presses of ${key}; the focus is at ${focused}`);
}

/** Chooses a command by name. */
async function command(page, name) {
  await page.keyboard.press("Control+k");
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
}

test("texts are pasted, marked, learned from, suggested and exported by keys alone", async ({ page }) => {
  test.setTimeout(300_000);
  page.setDefaultTimeout(15_000);
  const button = (name) => page.getByRole("button", { name });

  // The texts come in.
  await open(page);
  await tabTo(page, button("Paste text"), 8);
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Text", { exact: true })).toBeFocused();
  await page.keyboard.insertText(TEXTS.map((text) => JSON.stringify({ text })).join("\n"));
  await tabTo(page, button("Look at it"), 2);
  await page.keyboard.press("Enter");
  await expect(button("Add 16 texts")).toBeVisible();
  await tabTo(page, button("Add 16 texts"), 3);
  await page.keyboard.press("Enter");
  await expect(page.locator("#text")).toBeFocused();

  // A label is made.
  await command(page, "edit labels");
  await expect(page.getByLabel("New label")).toBeFocused();
  await page.keyboard.type("nanoparticle");
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Name of nanoparticle")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator("#text")).toBeFocused();

  // Nothing suggests before a training.
  await command(page, "learn while");
  await expect(page.locator("#text")).toBeFocused();

  // The first texts are marked and accepted; the next is there at once, and has the focus.
  for (let at = 0; at < BY_HAND; at += 1) {
    await expect(page.locator("#text")).toHaveText(TEXTS[at]);
    await expect(page.locator("#text")).toBeFocused();
    for (let step = 0; step < 3; step += 1) await page.keyboard.press("Shift+ArrowRight");
    await expect(page.locator(".strip .quote")).toHaveText(`${METALS[at % METALS.length]} nanorods`);
    await page.keyboard.press("1");
    await expect(page.locator(".tag")).toHaveText("nanoparticle");
    await page.keyboard.press("a");
  }
  await expect(page.getByText("12 of 16 answered")).toBeVisible();

  // A model learns from them.
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await expect(button(/^Train on \d+ texts$/)).toBeVisible();
  await tabTo(page, page.getByLabel("Seed"), 18);
  await page.keyboard.press("Control+a");
  await page.keyboard.type("7");
  await tabTo(page, page.locator("#train-start"), 10);
  await page.keyboard.press("Enter");
  await expect(page.locator(".status .chip")).toHaveText("Ready", { timeout: 120_000 });

  // Its suggestions are taken, one by one and with the verdict.
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await expect(page.locator("#text")).toBeFocused();
  await expect(page.locator("#text")).toHaveText(TEXTS[BY_HAND]);
  await expect(page.locator(".tag.suggested").first()).toBeVisible({ timeout: 30_000 });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.locator(".tag.decided").first()).toBeVisible();
  await page.keyboard.press("a");
  for (let at = BY_HAND + 1; at < TEXTS.length; at += 1) {
    await expect(page.locator("#text")).toHaveText(TEXTS[at]);
    await page.keyboard.press("a");
  }
  await expect(page.getByText("16 of 16 answered")).toBeVisible();

  // All goes home.
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await tabTo(page, page.getByRole("radio", { name: /^Nerine project/ }), 13);
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("radio", { name: /^Prodigy JSONL/ })).toBeChecked();
  const saving = page.waitForEvent("download");
  await tabTo(page, page.locator("#export-save"), 4);
  await page.keyboard.press("Enter");
  expect((await saving).suggestedFilename()).toBe("pasted-text.jsonl");
});
