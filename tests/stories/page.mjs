// What the stories share: a page that is watched while it is used.
import { AxeBuilder } from "@axe-core/playwright";
import { test as base, expect } from "@playwright/test";

export { expect };

/**
 * A `page` that fails the story when something is wrong that no step looks at: a request that
 * leaves the origin, a policy that was broken, an error nobody caught. `requests` holds the
 * addresses that page and workers asked for. Where an error in the console is the point, the story
 * names it in `mayFail`.
 */
export const test = base.extend({
  mayFail: [null, { option: true }],
  requests: async ({ context, baseURL }, use) => {
    const requests = [];
    context.on("request", (request) => requests.push(request.url()));
    await use(requests);
    const { origin } = new URL(baseURL);
    const outside = requests.filter((url) => !/^(data|blob):/.test(url) && new URL(url).origin !== origin);
    expect(outside, "requests that left the origin").toEqual([]);
  },
  page: async ({ page, mayFail, requests: _watched }, use) => {
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await use(page);
    const unforeseen = errors.filter((message) => !mayFail?.test(message));
    expect(unforeseen, "errors in the console").toEqual([]);
  },
});

/** Opens the page and waits until it can be used. */
export async function open(page, address = "./") {
  await page.goto(address);
  await expect(page.getByRole("main")).toBeVisible();
}

/** Takes a picture into results/, to be looked at; the README shows the one named "annotate". */
export async function picture(page, name) {
  await page.screenshot({ path: `results/${name}.png`, animations: "disabled" });
}

/** Lets a file go over the page, wherever the pointer is. */
export async function drop(page, name, content) {
  await page.evaluate(
    ([name, content]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([content], name));
      for (const type of ["dragover", "drop"]) {
        const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
        document.querySelector("main").dispatchEvent(event);
        // What nobody takes, the browser opens in place of the page.
        if (!event.defaultPrevented) throw new Error(`${type} is left to the browser`);
      }
    },
    [name, content],
  );
}

/** Holds the page against what axe-core calls serious or critical. */
export async function expectAccessible(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target).join(", ")}`);
  expect(found, "what axe-core finds").toEqual([]);
}
