// The switch between light and dark, a contents list that knows where the reader is, and help with code and pictures.
const root = document.documentElement;
document.getElementById("theme").addEventListener("click", () => {
  const dark = getComputedStyle(root).colorScheme === "dark"
    || (root.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch (error) {
    console.info("no storage: the choice is not kept");
  }
});

const contents = document.getElementById("contents"); // a short page has none
const narrow = matchMedia("(max-width: 70rem)");
const fold = () => { if (contents) contents.open = !narrow.matches; };
narrow.addEventListener("change", fold);
fold();
contents?.addEventListener("click", (event) => {
  if (narrow.matches && event.target.closest("a")) contents.open = false;
});

const links = new Map([...document.querySelectorAll("#contents a")].map((link) => [link.hash.slice(1), link]));
const headings = [...document.querySelectorAll("main :is(h2, h3)")];
let here;
function mark() {
  const above = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
  const now = links.get(above.at(-1)?.id);
  if (now === here) return;
  here?.removeAttribute("aria-current");
  now?.setAttribute("aria-current", "true");
  if (!narrow.matches) now?.scrollIntoView({ block: "nearest" });
  here = now;
}
addEventListener("scroll", mark, { passive: true });
mark();

// What scrolls can be reached without a mouse.
const boxes = [...document.querySelectorAll("main :is(pre, .wide, p:has(> math), .jp-OutputArea-output)"), document.querySelector("aside")];
function reach(box) {
  if (box.scrollWidth > box.clientWidth || (box.matches("aside") && box.scrollHeight > box.clientHeight)) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}
const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => reach(target)));
boxes.forEach((box) => watch.observe(box));
document.fonts.ready.then(() => boxes.forEach(reach));

// Copy code.
for (const code of document.querySelectorAll("main .highlight")) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Copy" });
  button.addEventListener("click", async () => {
    const source = code.querySelector("pre");
    try {
      await navigator.clipboard.writeText(source.textContent.replace(/\n$/, ""));
      button.textContent = "Copied";
    } catch (error) {
      getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
    button.addEventListener("blur", () => { button.textContent = "Copy"; }, { once: true });
  });
  code.append(button);
}

// Open a picture large: as wide as the screen, or on a phone wide enough to read it, and scrolled.
const dialog = document.getElementById("large");
for (const picture of document.querySelectorAll("main img.picture")) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "enlarge" });
  button.ariaLabel = `Open large: ${picture.alt}`;
  picture.replaceWith(button);
  button.append(picture);
  button.addEventListener("click", () => {
    const large = picture.cloneNode();
    large.removeAttribute("style");
    dialog.querySelector(".room").replaceChildren(large);
    dialog.showModal();
  });
}
dialog.addEventListener("click", (event) => { if (!event.target.closest("img")) dialog.close(); });
