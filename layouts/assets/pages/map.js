// Zoom, find, and light up both ends of links. Without this script the map
// shows the links of an article that is pointed at, and scrolls.
{
  const svg = document.querySelector(".map-drawing");
  const figure = svg?.closest(".map");
  const tools = figure?.querySelector(".map-tools");
  if (tools) start(svg, svg.parentElement, tools);

  function start(svg, frame, tools) {
    const nodes = [...svg.querySelectorAll(".map-nodes a")].map((link) => {
      const circle = link.querySelector("circle");
      return { link, text: link.querySelector("text"), at: circle.getAttribute("cx") + " " + circle.getAttribute("cy") };
    });
    const said = (node) => node.link.querySelector("title")?.textContent ?? node.text.textContent;
    const byPlace = new Map(nodes.map((node) => [node.at, node]));
    const byLink = new Map(nodes.map((node) => [node.link, node]));
    for (const node of nodes) { node.title = said(node); node.to = []; node.from = []; node.y = +node.at.split(" ")[1]; node.up = node.text.getAttribute("y"); }
    // A link is drawn from dot to dot, so its ends tell what it links.
    for (const node of nodes) {
      const d = node.link.querySelector("path")?.getAttribute("d") ?? "";
      for (const part of d.split("M").slice(1)) {
        const end = part.match(/-?\d+/g).slice(-2).join(" ");
        const other = byPlace.get(end);
        if (other) { node.to.push(other); other.from.push(node); }
      }
    }

    // Both ends of links.
    const from = document.createElementNS(svg.namespaceURI, "path");
    from.classList.add("map-from");
    svg.querySelector(".map-nodes").before(from);
    let lit = null;
    const light = (node) => {
      if (node === lit) return;
      if (lit) for (const other of [...lit.to, ...lit.from]) other.link.classList.remove("near", "told");
      lit = node;
      from.setAttribute("d", node ? node.from.map((other) => "M" + other.at + "L" + node.at).join("") : "");
      if (!node) return;
      for (const other of [...node.to, ...node.from]) other.link.classList.add("near");
      if (node.to.length <= 10) for (const other of node.to) other.link.classList.add("told");
    };
    const of = (event) => byLink.get(event.target.closest?.("a")) ?? null;
    svg.addEventListener("pointerover", (event) => light(of(event)));
    svg.addEventListener("pointerleave", () => light(null));
    svg.addEventListener("focusin", (event) => light(of(event)));
    svg.addEventListener("focusout", () => light(null));

    // Zoom: the frame scrolls, and letters stay as large as they are.
    const width = svg.viewBox.baseVal.width;
    const dotted = svg.classList.contains("map-dotted");
    const cell = 28;
    let zoom = 1, base = 0;
    const cut = (node, letters) => {
      const short = node.title.length > letters ? node.title.slice(0, letters - 1).trimEnd() + "…" : node.title;
      if (node.text.textContent !== short) node.text.textContent = short;
    };
    const measure = () => {
      const shown = svg.getBoundingClientRect().width;
      if (shown === 0) return;
      if (zoom === 1) base = shown;
      if (!dotted) return;
      const unit = width / shown;
      svg.style.setProperty("--unit", unit);
      const close = cell / unit >= 84;
      svg.classList.toggle("close", close);
      const letters = close ? Math.floor(cell / unit / 7) : Infinity;
      for (const node of nodes) {
        cut(node, letters);
        node.text.setAttribute("y", close ? node.y - 13 * unit : node.up);
      }
    };
    const set = (to, x = frame.clientWidth / 2, y = Math.min(frame.clientHeight, innerHeight) / 2) => {
      const before = svg.getBoundingClientRect(), box = frame.getBoundingClientRect();
      const fx = (x + box.left - before.left) / before.width, fy = (y + box.top - before.top) / before.height;
      zoom = Math.min(12, Math.max(Math.min(1, frame.clientWidth / base), to));
      frame.classList.toggle("zoomed", zoom !== 1);
      svg.style.inlineSize = zoom === 1 ? "" : base * zoom + "px";
      const after = svg.getBoundingClientRect();
      frame.scrollLeft += after.left + fx * after.width - box.left - x;
      frame.scrollTop += after.top + fy * after.height - box.top - y;
      measure();
    };
    const steps = { in: () => set(zoom * 1.5), out: () => set(zoom / 1.5), fit: () => set(Math.min(1, frame.clientWidth / base)) };
    for (const button of tools.querySelectorAll("[data-zoom]")) button.onclick = steps[button.dataset.zoom];
    frame.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = frame.getBoundingClientRect();
      set(zoom * Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
    let drag = null;
    frame.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse" && event.button === 0) drag = { x: event.clientX, y: event.clientY, moved: false };
    });
    addEventListener("pointermove", (event) => {
      if (!drag) return;
      const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
      if (!drag.moved && Math.hypot(dx, dy) < 5) return;
      frame.scrollBy(-dx, -dy);
      drag = { x: event.clientX, y: event.clientY, moved: true };
    });
    addEventListener("pointerup", () => {
      if (drag?.moved) addEventListener("click", (event) => event.preventDefault(), { once: true, capture: true });
      const was = drag;
      drag = null;
      // A click that does not come must not spoil the next one.
      if (was?.moved) setTimeout(() => frame.click(), 0);
    });
    svg.addEventListener("dragstart", (event) => event.preventDefault());

    // Find by words of the title.
    const input = tools.querySelector("input"), told = tools.querySelector("output");
    const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    input.addEventListener("input", () => {
      const words = fold(input.value).split(/\s+/).filter(Boolean);
      let found = [];
      for (const node of nodes) {
        node.plain ??= fold(node.title);
        const is = words.length > 0 && words.every((word) => node.plain.includes(word));
        node.link.classList.toggle("found", is);
        if (is) found.push(node);
      }
      svg.classList.toggle("sought", words.length > 0);
      for (const node of nodes) node.link.classList.toggle("said", found.length <= 20 && node.link.classList.contains("found"));
      told.textContent = words.length === 0 ? "" : found.length === 1 ? "1 article" : found.length + " articles";
      if (found.length > 0 && found.length <= 20) found[0].link.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      const first = nodes.find((node) => node.link.classList.contains("found"));
      first?.link.focus();
    });

    tools.hidden = false;
    new ResizeObserver(measure).observe(frame);
    measure();
    frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2;
  }
}
