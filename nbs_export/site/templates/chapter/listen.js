// The overview, read by the browser's own voice, sentence by sentence. Nothing is fetched: only voices that are here count.
{
  const details = document.getElementById("listen"), player = document.getElementById("player");
  const play = document.getElementById("play"), speed = document.getElementById("speed");
  const place = document.getElementById("place");
  const sentences = [...document.querySelectorAll("#transcript .sentence")];
  const synthesis = window.speechSynthesis;
  let voice, at = 0, speaking = null; // the utterance whose end leads to the next one

  const show = () => {
    play.textContent = speaking ? "Pause" : "Play";
    place.textContent = `Sentence ${at + 1} of ${sentences.length}`;
    sentences.forEach((sentence, position) => {
      if (position === at) sentence.setAttribute("aria-current", "true");
      else sentence.removeAttribute("aria-current");
    });
  };
  const pause = () => {
    speaking = null;
    synthesis.cancel();
    show();
  };
  const speak = () => {
    const sentence = sentences[at], utterance = new SpeechSynthesisUtterance(sentence.dataset.spoken ?? sentence.textContent);
    speaking = utterance;
    Object.assign(utterance, { voice, lang: voice.lang, rate: Number(speed.value) });
    utterance.onend = () => {
      if (speaking !== utterance) return; // somebody has paused, or gone elsewhere
      if (at + 1 < sentences.length) go(at + 1);
      else { at = 0; pause(); }
    };
    utterance.onerror = () => { if (speaking === utterance) pause(); };
    synthesis.cancel();
    synthesis.speak(utterance);
    show();
    const box = sentence.getBoundingClientRect();
    if (box.top < 0 || box.bottom > innerHeight) sentence.scrollIntoView({ block: "center" });
  };
  const go = (position, start = true) => {
    at = Math.min(Math.max(position, 0), sentences.length - 1);
    if (start) speak();
    else show();
  };

  play.addEventListener("click", () => (speaking ? pause() : speak()));
  document.getElementById("back").addEventListener("click", () => go(at - 1, speaking !== null));
  document.getElementById("on").addEventListener("click", () => go(at + 1, speaking !== null));
  speed.addEventListener("change", () => { if (speaking) speak(); });
  document.getElementById("transcript").addEventListener("click", (event) => {
    const position = sentences.indexOf(event.target.closest(".sentence"));
    if (voice && position >= 0) go(position);
  });
  details.addEventListener("toggle", () => { if (!details.open && speaking) pause(); });
  addEventListener("pagehide", () => { if (speaking) pause(); });
  const open = () => { if (location.hash === "#listen") details.open = true; };
  addEventListener("hashchange", open);
  document.querySelector("a[href='#listen']")?.addEventListener("click", () => { details.open = true; });
  open();

  const look = () => {
    const english = synthesis.getVoices().filter(({ lang, localService }) => localService && /^en\b/i.test(lang));
    voice = english.find((one) => one.default) ?? english[0];
    player.hidden = !voice;
    document.getElementById("no-voice").hidden = Boolean(voice);
    details.classList.toggle("has-voice", Boolean(voice));
    if (voice) show();
  };
  if (synthesis) {
    synthesis.addEventListener("voiceschanged", look); // some browsers know their voices a moment later
    look();
  }
}
