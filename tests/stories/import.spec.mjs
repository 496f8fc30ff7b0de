// Bringing texts in: every way in, what is shown before anything is stored, and bad files.
import { drop, expect, expectAccessible, open, picture, test } from "./page.mjs";
import { goHome, importTexts, makeProject } from "./project.mjs";

/** Chooses a file. */
async function bring(page, name, content) {
  await page.locator('input[type="file"]').setInputFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(content) });
}

const add = (page) => page.getByRole("button", { name: /^Add [\d\s]+ texts?$/ });
const known = (page) => page.getByRole("region", { name: "What to know about these files" });
const rows = (page) => page.getByRole("region", { name: "The first texts" }).locator("tbody tr");
const cards = (page) => page.locator(".project-card");

test("a preview lists what is wrong, and the good lines come in", async ({ page }) => {
  await open(page);
  const lines = [
    '{"text": "Zn²⁺ 🔬 in HCT116", "spans": [{"start": 5, "end": 6, "label": "Tool"}]}',
    '{"text": "cut in the mid',
    '{"text": 5}',
    '{"text": "short", "spans": [{"start": 2, "end": 99, "label": "Tool"}, {"start": 3, "end": 1, "label": "Tool"}]}',
    '{"text": "fine"}',
  ];
  await bring(page, "mixed.jsonl", lines.join("\r\n"));
  await expect(page.getByText("nothing is added until you say so")).toBeVisible();
  await expect(add(page)).toHaveText("Add 3 texts");
  await expect(rows(page)).toHaveCount(3);
  await expect(known(page)).toContainText("Line 2 is not JSON");
  await expect(known(page)).toContainText("Line 3");
  await expect(known(page)).toContainText("Line 4");
  await expectAccessible(page);
  await picture(page, "import");
  await page.reload();
  await expect(page.getByRole("heading", { name: "No texts yet" })).toBeVisible();

  await bring(page, "mixed.jsonl", lines.join("\r\n"));
  await add(page).click();
  await expect(page.locator("#text")).toContainText("Zn²⁺ 🔬 in HCT116");
  await page.getByRole("link", { name: "Nerine, all projects" }).click();
  const note = page.getByRole("region", { name: "What was added" });
  await expect(note).toContainText("3 texts were added to “mixed”.");
  await note.getByRole("button", { name: "See the list" }).click();
  await expect(note).toContainText("Line 2 is not JSON");
});

test("columns of a table are chosen, by key too", async ({ page }) => {
  await open(page);
  await bring(page, "papers.csv", '\uFEFFpmid,title,abstract\r\n1,"One, title",Body one\r\n2,Two,Body two\r\n');
  await expect(add(page)).toHaveText("Add 2 texts");
  const title = page.getByRole("checkbox", { name: "title" });
  const abstract = page.getByRole("checkbox", { name: "abstract" });
  await expect(title).toBeChecked();
  await expect(abstract).toBeChecked();
  await expect(rows(page).first()).toContainText("One, title Body one");
  await title.focus();
  await page.keyboard.press("Space");
  await expect(rows(page).first()).not.toContainText("One, title");
  await expect(title).toBeFocused();
  await page.getByLabel("Name of a text").selectOption("pmid");
  await expect(page.getByLabel("Name of a text")).toHaveValue("0");
  await add(page).click();
  await expect(page.locator("#text")).toHaveText("Body one");
});

test("plain text is one text a file, or one a line", async ({ page }) => {
  await open(page);
  await bring(page, "notes.txt", "First.\nSecond.\n\nThird.\n");
  await expect(add(page)).toHaveText("Add 1 text");
  await page.getByRole("button", { name: "per line" }).click();
  await expect(add(page)).toHaveText("Add 3 texts");
  await page.getByRole("button", { name: "per file" }).click();
  await expect(add(page)).toHaveText("Add 1 text");
});

test("words are pasted, and typed into a box", async ({ page }) => {
  await open(page);
  await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", "Pasted words.");
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  await expect(rows(page)).toContainText("Pasted words.");
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("button", { name: "Choose files" })).toBeFocused();

  await page.getByRole("button", { name: "Paste text" }).click();
  await page.keyboard.type("Typed words.");
  await page.getByRole("button", { name: "Look at it" }).click();
  await expect(rows(page)).toContainText("Typed words.");
});

test("files are dropped anywhere on the page", async ({ page }) => {
  await open(page);
  const files = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["Text of b."], "b.txt"));
    data.items.add(new File(["Text of a."], "a.txt"));
    return data;
  });
  await page.locator("body").dispatchEvent("dragover", { dataTransfer: files });
  await expect(page.locator(".drop.over")).toBeVisible();
  await page.locator("body").dispatchEvent("drop", { dataTransfer: files });
  await expect(add(page)).toHaveText("Add 2 texts");
  await expect(page.getByRole("heading", { name: "2 files" })).toBeVisible();
});

test("texts go to a project that is there", async ({ page }) => {
  await open(page);
  await bring(page, "first.txt", "One.");
  await add(page).click();
  await expect(page.locator("#text")).toHaveText("One.");
  await page.getByRole("link", { name: "Nerine, all projects" }).click();
  await bring(page, "second.txt", "Two.");
  await page.getByLabel("Add to").selectOption("first");
  await expect(page.getByLabel("Name of the new project")).toHaveCount(0);
  await add(page).click();
  await expect(page.locator("#text")).toBeVisible();
  await page.getByRole("link", { name: "Nerine, all projects" }).click();
  await expect(cards(page)).toHaveCount(1);
  await expect(cards(page)).toContainText("0 of 2 texts");
});

const BAD = [
  ["empty.txt", "", /empty/i],
  ["blank.jsonl", "\n  \n", /empty|blank|no text/i],
  ["picture.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]), /not text/i],
  ["paper.pdf", "%PDF-1.7\n\0\u0001", /PDF/],
  ["wide.txt", Buffer.from("\uFEFFwide", "utf16le"), /UTF-16/],
];
for (const [name, content, says] of BAD) {
  test(`a file without texts is refused in words: ${name}`, async ({ page }) => {
    await open(page);
    await bring(page, name, content);
    await expect(known(page)).toContainText(says);
    await expect(add(page)).toHaveAttribute("aria-disabled", "true");
    await add(page).click({ force: true });
    await expect(page.getByText("There is no text to add.")).toBeVisible();
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByRole("heading", { name: "No texts yet" })).toBeVisible();
  });
}

test("invalid UTF-8 is read with a warning", async ({ page }) => {
  await open(page);
  await bring(page, "latin.txt", Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x20, 0x6f, 0x6b]));
  await expect(known(page)).toContainText(/UTF-8/);
});

test("a thousand warnings are listed two hundred at first", async ({ page }) => {
  await open(page);
  const lines = Array.from({ length: 2500 }, (_, at) => (at % 2 ? `{"text": "fine ${at}"}` : '{"no": "text"}'));
  await bring(page, "bad.jsonl", lines.join("\n"));
  await expect(page.getByText("1\u202f250 left out")).toBeVisible();
  await expect(known(page).getByRole("listitem")).toHaveCount(200);
  await expect(known(page)).toContainText("The first 1\u202f000 of 1\u202f250 are listed.");
  await known(page).getByRole("button", { name: /^Show all/ }).click();
  await expect(known(page).getByRole("listitem")).toHaveCount(1000);
});

test("a cancelled import leaves nothing, and can be done again", async ({ page }) => {
  await open(page);
  const words = "Cerium oxide nanoparticles attenuate ischaemic injury in mice. ".repeat(20);
  const lines = Array.from({ length: 20_000 }, (_, at) => JSON.stringify({ text: `${at} ${words}` }));
  await bring(page, "many.jsonl", lines.join("\n"));
  await expect(add(page)).toHaveText("Add 20\u202f000 texts", { timeout: 60_000 });
  await add(page).click();
  await expect(page.getByRole("progressbar", { name: "Import" })).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.locator(".toast")).toContainText("Cancelled. Nothing was added.", { timeout: 30_000 });
  await expect(cards(page)).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("heading", { name: "No texts yet" })).toBeVisible();
  await expect(cards(page)).toHaveCount(0);
});

test("when a part of the page does not come, it says so and can be tried again", async ({ browser, baseURL }) => {
  // A page of its own, since the missing part is an error in the console, and that is the point.
  const context = await browser.newContext({ baseURL });
  const page = await context.newPage();
  await open(page);
  await context.route(/io_worker_loader/, (route) => route.abort());
  await bring(page, "one.txt", "One text.");
  await expect(page.getByRole("alert")).toContainText("could not be loaded", { timeout: 30_000 });
  await context.unroute(/io_worker_loader/);
  await bring(page, "one.txt", "One text.");
  await expect(add(page)).toHaveText("Add 1 text");
  await context.close();
});

test("texts that come with marks are taken as accepted where that is wanted", async ({ page }) => {
  await open(page);
  const lines = [
    { text: "Zinc oxide", spans: [{ start: 0, end: 10, label: "Material" }] },
    { text: "Tin oxide", spans: [{ start: 0, end: 9, label: "Material" }], answer: "reject" },
    { text: "Nothing here" },
  ];
  await bring(page, "marked.jsonl", lines.map((line) => JSON.stringify(line)).join("\n"));
  const accept = page.getByRole("checkbox", { name: "Take 1 text with marks as accepted" });
  await expect(accept).not.toBeChecked();
  await accept.check();
  await expectAccessible(page);
  await add(page).click();
  await expect(page.getByText("2 of 3 answered")).toBeVisible();
  const states = page.locator(".line .state .unseen");
  await expect(states.nth(0)).toHaveText("accepted");
  await expect(states.nth(1)).toHaveText("rejected");
});

test("CoNLL can be chosen, where it was not seen", async ({ page }) => {
  await open(page);
  await expect(page.getByText("CSV, TSV, CoNLL")).toBeVisible();
  await bring(page, "tokens.txt", "Zinc\tB-Metal\noxide\tI-Metal\nis\tO\nwhite\tO\n\nTin\tB-Metal\n");
  await page.getByLabel("Read as").selectOption("CoNLL");
  await expect(add(page)).toHaveText("Add 2 texts");
  await expect(rows(page).first()).toContainText("Zinc oxide is white");
  await expect(page.getByText("2 of 2 texts shown, 2 marks")).toBeVisible();
});

test("a long first line is cut with an ellipsis, from its beginning in either direction", async ({ page }) => {
  await open(page);
  const texts = ["particle ".repeat(60), "دوكسوروبيسين ".repeat(60)];
  await bring(page, "long.jsonl", texts.map((text) => JSON.stringify({ text })).join("\n"));
  for (const row of [0, 1]) {
    const cell = rows(page).nth(row).locator(".first-words");
    await expect(cell).toHaveCSS("text-overflow", "ellipsis");
    await expect(cell).toHaveCSS("direction", row === 0 ? "ltr" : "rtl");
  }
});

test("files that are still being looked at go to the project that was opened meanwhile", async ({ page }) => {
  await makeProject(page, "empty");
  const address = page.url();
  await goHome(page);
  const lines = Array.from({ length: 20_000 }, (_, n) => JSON.stringify({ text: `Silver sphere ${n}. ${"a ".repeat(200)}` }));
  await bring(page, "more.jsonl", lines.join("\n"));
  await page.goto(address);
  await expect(add(page)).toHaveText("Add 20\u202f000 texts", { timeout: 60_000 });
  await add(page).click();
  await expect(page.getByText("0 of 20\u202f000 answered")).toBeVisible({ timeout: 60_000 });
  await expect(page).toHaveURL(`${address}/1`);
  await goHome(page);
  await expect(cards(page)).toHaveCount(1);
});

test("a file that is let go over an open project is looked at for that project", async ({ page }) => {
  await importTexts(page, "open", [{ id: "one", text: "Gold nanorods." }]);
  const address = page.url();
  await drop(page, "more.jsonl", '{"text": "Silver spheres."}\n{"text": "Gold nanorods."}');
  await expect(page.getByRole("heading", { name: "Add texts to “open”" })).toBeVisible();
  await expect(add(page)).toHaveText("Add 1 text");
  await expect(known(page)).toContainText("already in the project");
  await expectAccessible(page);
  await picture(page, "add-texts");
  // No key means the text that lies behind.
  await page.keyboard.press("x");
  await page.keyboard.press("Escape");
  await expect(page.locator("#text")).toHaveText("Gold nanorods.");
  await expect(page).toHaveURL(address);
  await expect(page.getByText("0 of 1 answered")).toBeVisible();

  for (const screen of ["Train", "Export"]) {
    await page.getByRole("link", { name: screen, exact: true }).click();
    await expect(page.getByRole("main")).toBeVisible();
    await drop(page, "more.jsonl", '{"text": "Silver spheres."}');
    await expect(page.getByRole("heading", { name: "Add texts to “open”" })).toBeVisible();
    await page.getByRole("button", { name: "Back to the text" }).click();
    await expect(page.locator("#text")).toBeVisible();
  }

  await page.getByRole("button", { name: "Add texts", exact: true }).click();
  await expect(page.getByRole("button", { name: "Choose files" })).toBeFocused();
  await bring(page, "more.jsonl", '{"text": "Silver spheres."}');
  await add(page).click();
  await expect(page.getByRole("heading", { name: "Text 2" })).toBeVisible();
  await expect(page.locator("#text")).toHaveText("Silver spheres.");
});
