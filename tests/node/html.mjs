// A page in Chromium as a CI viewer shows it, without scripts: it asks for nothing, the console stays empty, verdict and plots have names, nothing is cut
// off on a phone, and the keyboard reaches what can be opened or scrolled. Chromium is spoken to over a pipe, so that no package and no port is needed.
//   node html.mjs PAGE VERDICT [FOLDER]     FOLDER: where pictures of it go
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [page, verdict, pictures] = process.argv.slice(2);
const address = pathToFileURL(resolve(page)).href;
const html = readFileSync(page, "utf8");
const faults = [];
const expect = (holds, what) => holds || faults.push(what);

const folder = mkdtempSync(join(tmpdir(), "rqgate-chromium-"));
const chromium = spawn(
  process.env.CHROMIUM ?? "chromium",
  ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
    "--disable-background-networking", `--user-data-dir=${join(folder, "profile")}`, "--remote-debugging-pipe", "about:blank"],
  { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], env: { ...process.env, TMPDIR: folder }, detached: true },
);
chromium.on("error", (error) => end(`chromium does not start: ${error.message}`));
const gone = new Promise((resolve) => chromium.on("exit", resolve).on("error", resolve));
let ending = false;
gone.then(() => end("chromium ended by itself"));
chromium.stdio[3].on("error", () => {}); // it is gone, which is told once

const waiting = new Map();
const listeners = [];
let number = 0;
let rest = "";
chromium.stdio[4].setEncoding("utf8").on("data", (data) => {
  const messages = (rest + data).split("\0");
  rest = messages.pop();
  for (const message of messages.map((text) => JSON.parse(text))) {
    const answer = waiting.get(message.id);
    waiting.delete(message.id);
    if (answer) message.error ? answer.reject(new Error(message.error.message)) : answer.resolve(message.result);
    else listeners.forEach((listen) => listen(message));
  }
});
let session;
const send = (method, params = {}) =>
  new Promise((resolve, reject) => {
    waiting.set(++number, { resolve, reject });
    chromium.stdio[3].write(JSON.stringify({ id: number, method, params, sessionId: session }) + "\0");
  });
const event = (method) => new Promise((resolve) => listeners.push((message) => message.method === method && resolve(message.params)));

// Its processes end after the first of them, and write until then: the whole group is killed, and what they still wrote is removed with the rest.
async function stop() {
  try {
    process.kill(-chromium.pid, "SIGKILL");
  } catch {
    // it never started, or has ended
  }
  await gone;
  for (let turn = 0; turn < 100; turn++) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (turn === 99) console.error(`${page}: warning: ${error.message}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function end(why) {
  if (ending) return;
  ending = true;
  if (why) faults.push(why);
  await stop();
  faults.forEach((fault) => console.log(`${page}: ${fault}`));
  process.exit(faults.length > 0 ? 1 : 0);
}

async function show(width, height, { scripts = false, dark = false } = {}) {
  await send("Emulation.setScriptExecutionDisabled", { value: !scripts });
  await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }] });
  const loaded = event("Page.loadEventFired");
  await send("Page.navigate", { url: address });
  await loaded;
  if (pictures) {
    const { data } = await send("Page.captureScreenshot", { format: "png" });
    writeFileSync(join(pictures, `${width}x${height}${dark ? "-dark" : ""}.png`), Buffer.from(data, "base64"));
  }
}

async function names(role) {
  const { nodes } = await send("Accessibility.getFullAXTree");
  return nodes.filter((node) => !node.ignored && node.role?.value === role).map((node) => ({ name: node.name?.value ?? "", description: node.description?.value ?? "" }));
}

// In the page, with everything open: the contrast of every text with what is painted below it, where WCAG 2.2 AA asks for more. What an element paints
// with stands in its computed style; which elements lie below a text, in the order of painting, the browser says point by point.
function contrasts() {
  document.querySelectorAll("details").forEach((details) => (details.open = true));
  const parse = (colour) => (colour.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const over = ([r, g, b, a = 1], below) => [r, g, b].map((value, i) => value * a + below[i] * (1 - a));
  const light = (colour) => {
    const [r, g, b] = colour.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const paintOf = (element, x, y) => {
    const style = getComputedStyle(element);
    if (!(element instanceof SVGGeometryElement)) return element instanceof SVGElement ? [0, 0, 0, 0] : parse(style.backgroundColor);
    const point = new DOMPoint(x, y).matrixTransform(element.getScreenCTM().inverse());
    const kind = style.stroke !== "none" && element.isPointInStroke(point) ? "stroke" : style.fill !== "none" && element.isPointInFill(point) ? "fill" : "";
    if (!kind) return [0, 0, 0, 0];
    const [r, g, b, a = 1] = parse(style[kind]);
    return [r, g, b, a * style[`${kind}Opacity`] * style.opacity];
  };
  const below = (element, x, y) => {
    const stack = document.elementsFromPoint(x, y);
    if (stack.length === 0) return null;
    return stack.slice(stack.indexOf(element) + 1 || 0).filter((other) => !other.closest("text"))
      .reduceRight((colour, other) => over(paintOf(other, x, y), colour), parse(getComputedStyle(document.body).backgroundColor).slice(0, 3));
  };
  const faults = new Map();
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const element = node.parentElement, style = getComputedStyle(element), range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (!node.data.trim() || box.width < 1 || box.right < 0 || element.closest("script, title, desc") || style.visibility === "hidden") continue;
    texts++;
    const scale = element instanceof SVGElement ? element.getScreenCTM().a : 1, size = parseFloat(style.fontSize) * scale;
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    for (const rect of range.getClientRects()) {
      for (const part of [0.1, 0.9]) {
        const x = rect.left + rect.width * part, back = below(element instanceof SVGElement ? element : null, x, rect.top + rect.height / 2);
        if (!back) continue;
        const found = ratio(over(parse(element instanceof SVGElement ? style.fill : style.color), back), back);
        if (found < least) faults.set(`${element.nodeName}.${element.getAttribute("class") ?? ""}`, `${found.toFixed(2)} where ${least} is asked for: "${node.data.trim().slice(0, 40)}"`);
      }
    }
  }
  return { texts, faults: [...faults].map(([place, what]) => `${place}: ${what}`) };
}

async function checkContrasts(width, dark) {
  await show(width, 800, { scripts: true, dark });
  await send("Runtime.evaluate", { expression: 'document.querySelectorAll("details").forEach((details) => (details.open = true))' });
  const { cssContentSize } = await send("Page.getLayoutMetrics"); // what lies outside of the window has no points
  await send("Emulation.setDeviceMetricsOverride", { width, height: Math.ceil(cssContentSize.height) + 10, deviceScaleFactor: 1, mobile: width < 600 });
  const { result } = await send("Runtime.evaluate", { expression: `(${contrasts})()`, returnByValue: true });
  const where = `${width} wide${dark ? ", dark" : ""}`;
  expect(result.value?.texts > 20, `contrast, ${where}: ${result.value?.texts} texts were looked at: ${result.description}`);
  result.value?.faults.forEach((fault) => faults.push(`contrast, ${where}: ${fault}`));
}

async function look() {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  session = (await send("Target.attachToTarget", { targetId, flatten: true })).sessionId;
  listeners.push(({ method, params }) => {
    if (method === "Network.requestWillBeSent" && params.request.url !== address && !params.request.url.startsWith("data:"))
      faults.push(`it asks for ${params.request.url}`);
    if (method === "Log.entryAdded" || method === "Runtime.exceptionThrown" || method === "Runtime.consoleAPICalled")
      faults.push(`the console says ${JSON.stringify(params.entry?.text ?? params.exceptionDetails?.text ?? params.args)}`);
  });
  for (const domain of ["Page", "Network", "Log", "Runtime", "Accessibility", "DOM"]) await send(`${domain}.enable`);

  await show(1200, 800);
  const headings = await names("heading");
  expect(headings[0]?.name.includes(verdict), `its first heading is "${headings[0]?.name}"; expected ${verdict}`);
  const open = html.replace(/<details>[^]*?<\/details>/g, ""); // what is closed is not read aloud either
  const plots = await names("image"), drawn = open.match(/<svg /g)?.length ?? 0;
  expect(plots.length === drawn, `${drawn} plots are drawn and ${plots.length} have a role`);
  for (const { name, description } of plots) expect(name.length > 5 && description.length > 5, `a plot is called "${name}" and described as "${description}"`);
  expect(new Set(plots.map(({ name }) => name)).size === plots.length, "two plots have the same name");

  // What can be opened or scrolled is what Tab goes to, in this order.
  const stops = html.match(/<summary|class="skip"|tabindex="0"|<a rel=|<li><a href="#/g)?.length ?? 0;
  const reached = new Set();
  for (let i = 0; i < Math.min(stops, 60); i++) {
    await send("Input.dispatchKeyEvent", { type: "keyDown", key: "Tab", code: "Tab", windowsVirtualKeyCode: 9 });
    await send("Input.dispatchKeyEvent", { type: "keyUp", key: "Tab", code: "Tab", windowsVirtualKeyCode: 9 });
    const { nodes } = await send("Accessibility.getFullAXTree");
    const focused = nodes.find((node) => node.role?.value !== "RootWebArea" && node.properties?.some(({ name, value }) => name === "focused" && value.value));
    if (focused) reached.add(focused.backendDOMNodeId);
    expect(i > 0 || focused?.name?.value.startsWith("To the "), `Tab reaches "${focused?.name?.value}" first`);
  }
  const closed = html.match(/<details>[^]*?<\/details>/g)?.join("").match(/tabindex="0"|<a rel=/g)?.length ?? 0;
  expect(reached.size >= Math.min(stops, 60) - closed, `Tab reaches ${reached.size} of ${stops} things to open, scroll or follow`);

  await show(360, 740);
  const { cssContentSize } = await send("Page.getLayoutMetrics");
  expect(cssContentSize.width <= 360, `it is ${cssContentSize.width} wide where a phone has 360`);
  expect((await names("image")).length === drawn, "a plot is missing on a phone");
  await show(1200, 800, { dark: true });
  const { data } = await send("Page.printToPDF", { printBackground: true });
  if (pictures) writeFileSync(join(pictures, "print.pdf"), Buffer.from(data, "base64"));
  expect(data.length > 10000, "it does not print");

  for (const [width, dark] of [[1200, false], [1200, true], [360, true]]) await checkContrasts(width, dark);

  // With scripts, tables sort, and that is all.
  await show(1200, 800, { scripts: true });
  const { result } = await send("Runtime.evaluate", {
    expression: `(() => { const table = document.querySelector("table.sortable"); if (!table) return "";
      const press = (i) => table.querySelectorAll("th button")[i].click(), first = () => table.tBodies[0].rows[0].cells[0].textContent;
      const ids = [...table.tBodies[0].rows].map((row) => row.cells[0].textContent).sort((a, b) => a.localeCompare(b));
      press(0); if (first() !== ids[0]) return "not ascending"; press(0); return first() === ids[ids.length - 1] ? "" : "not descending"; })()`,
  });
  expect(result.value === "", `sorting: ${result.value ?? result.description}`);
}

setTimeout(() => end("chromium does not answer"), 240000).unref();
look().then(() => end(), (error) => end(error.message));
