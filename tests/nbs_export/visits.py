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

    def close(self):
        """End all visits; what the pages asked for beyond themselves, and what they complained about."""
        own = [page.url.partition("#")[0] for page in self.opened]
        for page in self.opened:
            page.context.close()
        foreign = [url for url in self.asked if not url.startswith("data:") and url.partition("#")[0] not in own]
        return foreign, self.complaints


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
