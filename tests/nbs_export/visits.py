"""Pages opened in a browser, with a watch on what they ask for and complain about."""

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 720}


class Visits:
    """Files opened in the browser, and what they asked for or complained about beyond themselves."""

    def __init__(self, chromium):
        self.chromium, self.opened, self.asked, self.complaints = chromium, [], [], []

    def __call__(self, path, viewport=DESKTOP, scheme="light", script=""):
        """Open a file; a script runs in the page before its own."""
        page = self.chromium.new_context(viewport=viewport, color_scheme=scheme).new_page()
        page.add_init_script(script)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: said.type in ("error", "warning") and self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.opened.append(page)
        page.goto(path.as_uri())
        until(page, "document.fonts.status === 'loaded'")
        if path.name == "slides.html":
            until(page, "Reveal.isReady()")
        return page

    def seen(self):
        """What the pages have asked for beyond themselves since this was last asked, and what they complained about."""
        own = [page.url.partition("#")[0] for page in self.opened]
        foreign = [url for url in self.asked if not url.startswith("data:") and url.partition("#")[0] not in own]
        complaints, self.asked, self.complaints = self.complaints, [], []
        return foreign, complaints

    def close(self):
        """End all visits; what `seen` says."""
        for page in self.opened:
            page.context.close()
        return self.seen()


class SharedVisits(Visits):
    """Pages that several tests look at: each is opened once, light, and nobody may change it."""

    def __init__(self, chromium):
        super().__init__(chromium)
        self.pages = {}

    def __call__(self, path, viewport=DESKTOP):
        """The page of a file, as it was opened first."""
        key = path, *viewport.values()
        if key not in self.pages:
            self.pages[key] = super().__call__(path, viewport)
        return self.pages[key]


def until(page, condition):
    """Wait until a condition holds; playwright's own wait is forbidden by the pages' security policy."""
    page.evaluate(
        f"""async () => {{
          const begin = performance.now();
          while (!({condition})) {{
            if (performance.now() - begin > 20000) throw new Error("waited in vain");
            await new Promise(requestAnimationFrame);
          }}
        }}"""
    )
