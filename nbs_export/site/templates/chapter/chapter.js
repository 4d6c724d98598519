// The switch between light and dark, and a contents list that knows where the reader is.
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

const contents = document.getElementById("contents");
const narrow = matchMedia("(max-width: 70rem)");
const fold = () => { contents.open = !narrow.matches; };
narrow.addEventListener("change", fold);
fold();
contents.addEventListener("click", (event) => {
  if (narrow.matches && event.target.closest("a")) contents.open = false;
});

const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
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
