// Start the show, and make what is still too large for its slide smaller until it fits.
const SMALLEST = 0.55; // of the usual size of type

function overflows(slide) {
  const boxes = [...slide.querySelectorAll("pre, table, math, .animation")];
  return slide.scrollHeight > slide.clientHeight + 1
    || slide.scrollWidth > slide.clientWidth + 1
    || boxes.some((box) => box.scrollWidth > slide.clientWidth || box.scrollWidth > box.clientWidth + 1);
}

function fit(slide) {
  for (let size = 1; size >= SMALLEST; size -= 0.05) {
    slide.style.fontSize = `${size}em`;
    if (!overflows(slide)) return;
  }
}

document.fonts.ready.then(() => {
  Reveal.on("ready", ({ currentSlide }) => fit(currentSlide));
  Reveal.on("slidechanged", ({ currentSlide }) => fit(currentSlide));
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
    scrollActivationWidth: null, // slides on a phone too, only smaller
    plugins: [RevealNotes],
  });
});
