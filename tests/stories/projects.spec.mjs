// Projects: made, renamed, copied, thrown away and taken back, saved to a file and read again.
import { readFile } from "node:fs/promises";

import { expect, expectAccessible, open, picture, test } from "./page.mjs";
import { goHome, importTexts, openSample } from "./project.mjs";

/** The card of the project of this name. */
const card = (page, name) => page.getByRole("listitem").filter({ has: page.getByRole("link", { name, exact: true }) });

/** Opens a project's menu and chooses a line of it. */
async function choose(page, name, line) {
  await page.getByRole("button", { name: `Actions of ${name}`, exact: true }).click();
  await page.getByRole("menuitem", { name: line }).click();
}

test("the sample is one click away, and its card says how far it is", async ({ page }) => {
  await openSample(page);
  await goHome(page);
  const sample = card(page, "Nanoparticle abstracts");
  await expect(sample).toContainText("8 labels");
  await expect(sample).toContainText(/\d+ of 28 texts/);
  await expectAccessible(page);
  await picture(page, "projects");
});

test("a project needs a name; an empty one asks for texts", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "New project" }).click();
  const dialog = page.getByRole("dialog", { name: "New project" });
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("A project needs a name.")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "New project" })).toBeFocused();

  await page.keyboard.press("Enter");
  await page.keyboard.type("مقالات <script>");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/annotate/);
  await expect(page.getByRole("heading", { name: "No texts yet" })).toBeVisible();
  await page.locator('input[type="file"]').setInputFiles({ name: "one.txt", mimeType: "text/plain", buffer: Buffer.from("One text.") });
  await page.getByRole("button", { name: "Add 1 text" }).click();
  await expect(page.locator("#text")).toContainText("One text.");
  await goHome(page);
  await expect(card(page, "مقالات <script>")).toContainText("0 of 1 text");
});

test("rename and copy, by key alone", async ({ page }) => {
  await importTexts(page, "draft", [{ text: "One text." }, { text: "Another." }]);
  await goHome(page);
  const actions = page.getByRole("button", { name: "Actions of draft" });
  await actions.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "Rename" })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("menuitem", { name: "Duplicate" })).toBeFocused();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  const name = page.getByRole("dialog").getByLabel("Name");
  await expect(name).toHaveValue("draft");
  await name.fill("final");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: "final", exact: true })).toBeVisible();
  // The menu's button is another only by its name: the focus is still there.
  await expect(page.getByRole("button", { name: "Actions of final" })).toBeFocused();

  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(card(page, "final (copy)")).toContainText("0 of 2 texts");
  await page.getByRole("link", { name: "final (copy)" }).click();
  await expect(page.locator("#text")).toContainText("One text.");
});

test("a deleted project says what goes with it, waits in the trash and comes back", async ({ page }) => {
  await importTexts(page, "papers", [
    { text: "Zn²⁺ chelation", spans: [{ start: 0, end: 4, label: "Ion" }] },
    { text: "Nothing here." },
  ]);
  await goHome(page);
  await choose(page, "papers", "Delete");
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Delete “papers”?");
  await expect(dialog).toContainText("It moves to the trash: 2 texts, 1 mark, 0 models. The trash is emptied after 7 days.");
  await expect(dialog.getByRole("button", { name: "Keep" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(card(page, "papers")).toBeVisible();

  await choose(page, "papers", "Delete");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(card(page, "papers")).toHaveCount(0);
  await page.getByRole("button", { name: "Trash · 1 project" }).click();
  await expectAccessible(page);
  await page.reload();
  await page.getByRole("button", { name: "Trash · 1 project" }).click();
  await page.getByRole("button", { name: "Restore papers" }).click();
  await expect(card(page, "papers")).toContainText("0 of 2 texts");

  await choose(page, "papers", "Delete");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Trash · 1 project" }).click();
  await page.getByRole("button", { name: "Empty the trash" }).click();
  await expect(dialog).toContainText("It cannot be undone.");
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByRole("button", { name: /^Trash/ })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("heading", { name: "No texts yet" })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Trash/ })).toHaveCount(0);
});

test("a backup file brings the project back as it was", async ({ page }) => {
  await importTexts(page, "to keep", [{ text: "Zn²⁺ 🔬 chelation", spans: [{ start: 5, end: 6, label: "Tool" }] }]);
  await goHome(page);
  await expect(page.getByText("No backup yet")).toBeVisible();
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save a backup file" }).click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toMatch(/\.nerine$/);
  await expect(page.getByText(/Last backup was today/)).toBeVisible();

  const buffer = await readFile(await saved.path());
  await page.locator('input[type="file"]').setInputFiles({ name: "back.nerine", mimeType: "application/zip", buffer });
  await expect(page.getByLabel("Name of the new project")).toHaveValue("to keep");
  await page.getByRole("button", { name: "Add 1 text" }).click();
  await expect(page.locator("#text")).toContainText("Zn²⁺ 🔬 chelation");
  await goHome(page);
  await expect(page.getByRole("link", { name: "to keep", exact: true })).toHaveCount(2);
});

test("what is stored is read back, and the card says what was found", async ({ page }) => {
  await importTexts(page, "checked", [{ text: "One text." }, { text: "Another." }]);
  await goHome(page);
  const storage = page.getByRole("region", { name: "Storage" });
  await expect(storage).toContainText("Not checked yet");
  await storage.getByRole("button", { name: "Check now" }).focus();
  await page.keyboard.press("Enter");
  await expect(storage).toContainText("Last check found no damage");
  await expect(storage).toContainText(/1 project, 2 texts, \d\d:\d\d/);
  await expect(storage.getByRole("button", { name: "Check again" })).toBeFocused();
  await expectAccessible(page);

  // A text disappears from under the page.
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const asked = indexedDB.open("nerine");
        asked.onsuccess = () => {
          const docs = asked.result.transaction("docs", "readwrite").objectStore("docs");
          docs.getAllKeys().onsuccess = ({ target }) => docs.delete(target.result[1]);
          docs.transaction.oncomplete = () => resolve(asked.result.close());
        };
      }),
  );
  await page.reload();
  await expect(storage).toContainText("Last check found no damage");
  await storage.getByRole("button", { name: "Check again" }).click();
  await expect(storage).toContainText("Last check found damage");
  await expect(storage).toContainText("“checked”: of the texts 1 to 2 only 1 can be read.");
});

test("a very long name is cut, and nothing scrolls sideways", async ({ page }) => {
  const name = "A project with an extraordinarily long name that goes on and on and on and on";
  await importTexts(page, name, [
    { text: "Zinc oxide عولج المرضى 🔬", spans: [{ start: 0, end: 10, label: `${name}, as a label` }], answer: "accept" },
  ]);
  const screens = ["Annotate", "Train", "Export"];
  for (const width of [360, 768, 1440, 2560]) {
    await page.setViewportSize({ width, height: 844 });
    for (const screen of screens) {
      await page.goto(page.url().replace(/\/(annotate|train|export)(\/\d+)?$/, `/${screen.toLowerCase()}`));
      await expect(page.locator(`.app[data-screen="${screen}"] > main`)).toBeVisible();
      await expect(page.getByRole("button", { name: /^(Accept|Train on|Not enough|Save \d)/ }).first()).toBeAttached();
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `sideways scroll of ${screen} at ${width}`).toBeLessThanOrEqual(0);
      // Cards do not lie over each other.
      const over = await page.evaluate(() => {
        const [first, second] = [...document.querySelectorAll(".train > *, .export > *")]
          .filter((it) => it.matches(".train-side, .train-main, .export-side, .export-main"))
          .map((it) => it.getBoundingClientRect())
          .sort((a, b) => a.top - b.top || a.left - b.left);
        return Boolean(second) && second.left < first.right && second.top < first.bottom;
      });
      expect(over, `cards of ${screen} at ${width} overlap`).toBe(false);
    }
  }
});
