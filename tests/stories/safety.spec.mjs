// Nothing is lost and nothing is half stored when the tab is closed in the middle.
import { expect, open, test } from "./page.mjs";
import { addLabels, drag, importTexts, marks, text } from "./project.mjs";

const many = (n) =>
  Array.from({ length: n }, (_, at) => JSON.stringify({ text: `Text ${at} of many. ${"Zinc oxide nanoparticles. ".repeat(40)}` })).join("\n");

test("a tab closed in the middle of an import leaves nothing half stored", async ({ page, context }) => {
  await open(page);
  await page.locator('input[type="file"]').first().setInputFiles({
    name: "many.jsonl",
    mimeType: "application/jsonl",
    buffer: Buffer.from(many(8_000), "utf8"),
  });
  const add = page.getByRole("button", { name: /^Add 8.?000 texts/ });
  await add.click({ timeout: 60_000 });
  // As soon as anything of it lies in storage.
  await page.waitForFunction(
    () =>
      new Promise((resolve) => {
        const asked = indexedDB.open("nerine");
        asked.onsuccess = () => {
          const database = asked.result;
          const docs = database.transaction("docs").objectStore("docs").count();
          docs.onsuccess = () => {
            database.close();
            resolve(docs.result > 0);
          };
        };
      }),
    undefined,
    { polling: 20 },
  );
  await page.close({ runBeforeUnload: false });

  const again = await context.newPage();
  await open(again);
  const cards = again.locator(".project-card, [data-project]");
  const words = (await cards.allInnerTexts()).join("\n");
  expect(words).not.toMatch(/[1-9]\d* of \d+ texts/);
  await importTexts(again, "after", [{ id: "one", text: "Gold nanorods." }]);
  await expect(again.getByRole("heading", { name: "Text 1" })).toBeVisible();
});

test("a mark that is said to be saved is there after the tab was closed", async ({ page, context }) => {
  await importTexts(page, "kill", [{ id: "one", text: "Gold nanorods in water." }]);
  await addLabels(page, "nanoparticle");
  await drag(page, "nanorods");
  await page.keyboard.press("1");
  await expect(page.locator(".saved")).toHaveAttribute("data-saved", "true");
  const address = page.url();
  await page.close({ runBeforeUnload: false });
  const again = await context.newPage();
  await again.goto(address);
  await expect(text(again)).toBeVisible();
  await expect.poll(() => marks(again)).toEqual([["nanorods", "nanoparticle"]]);
});
