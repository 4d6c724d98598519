// Start the show, with every slide's type as large as fits.
const LARGEST = { "of-question": 38, "of-text": 33, "of-printed": 28, "of-picture": 26, "of-movie": 26 }; // pixels of 720
const SMALLEST = 20;

const wide = (box) => box.scrollWidth > box.clientWidth + 1;
const tall = (slide) => slide.offsetHeight > 720; // where its height is left to what is on it

// The largest size from which on nothing is cut off; code has a size of its own, since it does not wrap.
function shrink(slide) {
  const boxes = [...slide.querySelectorAll("table, math.tml-display, .animation, .highlight pre")];
  const printed = [...slide.querySelectorAll(".printed pre")];
  let size = LARGEST[slide.classList[0]] ?? 33;
  for (; size > SMALLEST; size -= 1) {
    slide.style.fontSize = `${size}px`;
    let pre = Math.min(size, 26);
    do slide.style.setProperty("--pre", `${pre}px`); while (printed.some(wide) && --pre >= SMALLEST);
    if (!tall(slide) && !wide(slide) && !boxes.some(wide)) break;
  }
  slide.style.fontSize = `${size}px`;
  return !wide(slide) && ![...boxes, ...printed].some(wide);
}

function fit(slide) {
  const inline = slide.getAttribute("style") ?? "";
  slide.hidden = false;
  slide.style.cssText = "display: flex !important; visibility: hidden; height: auto;";
  if (!shrink(slide)) {
    slide.classList.add("wraps");
    shrink(slide);
  }
  const { fontSize } = slide.style, pre = slide.style.getPropertyValue("--pre");
  slide.setAttribute("style", inline);
  slide.style.fontSize = fontSize;
  slide.style.setProperty("--pre", pre);
}

document.fonts.ready.then(() => {
  const pages = document.querySelector("nav.pages");
  const mark = () => pages.classList.toggle("here", Reveal.isFirstSlide() || Reveal.isLastSlide());
  Reveal.on("ready", () => {
    Reveal.getSlides().forEach(fit);
    Reveal.layout();
    mark();
  });
  Reveal.on("slidechanged", mark);
  Reveal.initialize({
    width: 1280,
    height: 720,
    margin: 0,
    display: "flex",
    center: false,
    controls: true,
    progress: true,
    slideNumber: "c/t",
    hash: true,
    transition: "none",
    viewDistance: 2,
    scrollActivationWidth: null, // slides on a phone too, only smaller
    plugins: [RevealNotes],
  });
});
