// The preview's part of a page: it hears of each build, turns the page into what
// it has become without loading it again, and shows what is wrong.
(() => {
  "use strict";
  const me = document.currentScript;
  if (!me || window.guidepostPreview) return;
  window.guidepostPreview = true;
  const own = "/.preview/";
  let boot = me.dataset.boot, at = Number(me.dataset.at);
  let removed = false, failed = false, problems = [], open = false, busy = Promise.resolve();
  const stamp = "preview-at";

  // What is shown beside the page lies in a tree of its own: the page's styles
  // do not reach it, and it is no part of the body that is compared.
  const host = document.createElement("guidepost-preview");
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; position: fixed; inset: auto 0 0 auto; z-index: 2147483647; max-width: 100vw; font: 15px/1.45 system-ui, sans-serif; color: #1b1d1f; }
    @media print { :host { display: none; } }
    [hidden] { display: none !important; }
    button { font: inherit; color: inherit; cursor: pointer; border: 1px solid #0004; border-radius: 999px; background: #fff; padding: .25rem .8rem; min-height: 24px; margin: .5rem; box-shadow: 0 1px 4px #0003; }
    button:focus-visible, a:focus-visible { outline: 3px solid #1558d6; outline-offset: 2px; }
    .error { background: #9f1c1c; color: #fff; }
    .warning { background: #ffe08a; color: #1b1d1f; }
    section { position: fixed; inset: auto 0 0 0; max-height: min(60vh, 34rem); overflow: auto; background: #fff; border-top: 4px solid #ffbf1f; box-shadow: 0 -2px 16px #0004; padding: .75rem 1rem 1rem; }
    section.failed { border-top-color: #9f1c1c; }
    header { display: flex; gap: 1rem; align-items: center; justify-content: space-between; flex-wrap: wrap; }
    h2 { font-size: 1.1rem; margin: 0; }
    p { margin: .25rem 0 .5rem; }
    pre { font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0 0; padding: .5rem .75rem; border-left: 4px solid #d9a300; background: #f6f6f3; tab-size: 4; }
    pre.error { border-left-color: #9f1c1c; background: #fbf0f0; color: inherit; }
    .banner { position: fixed; inset: 0 0 auto 0; background: #1b1d1f; color: #fff; padding: .5rem 1rem; }
    .banner a { color: #ffe08a; }
    @media (prefers-color-scheme: dark) {
      section { background: #1e2225; color: #f2f2ee; }
      pre { background: #2a2f33; } pre.error { background: #3a2626; }
      button:not(.error, .warning) { background: #2a2f33; color: #f2f2ee; border-color: #fff6; }
    }`);
  shadow.adoptedStyleSheets = [sheet];
  const element = (name, properties = {}, ...inside) => {
    const e = Object.assign(document.createElement(name), properties);
    e.append(...inside);
    return e;
  };
  const banner = element("div", { className: "banner", hidden: true });
  banner.setAttribute("role", "status");
  const badge = element("button", { type: "button", hidden: true });
  const panel = element("section", { hidden: true });
  panel.setAttribute("aria-label", "Problems");
  shadow.append(banner, badge, panel);
  document.documentElement.append(host);
  badge.onclick = () => { open = !open; draw(); };
  shadow.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && open) { open = false; draw(); badge.focus(); }
  });

  const count = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

  // mine reports whether a problem is in the file that this page is made of.
  const mine = (p) => {
    const path = decodeURI(location.pathname).replace(/index\.html$/, "").replace(/\/$/, "");
    return p.file && ["content" + path + ".md", "content" + path + "/index.md"].some((f) => f.endsWith(p.file) || p.file === f);
  };

  function draw() {
    const errors = problems.filter((p) => p.severity === "error").length, warnings = problems.length - errors;
    badge.hidden = problems.length === 0;
    badge.className = errors ? "error" : "warning";
    badge.textContent = [errors && count(errors, "error"), warnings && count(warnings, "warning")].filter(Boolean).join(", ");
    badge.setAttribute("aria-expanded", String(open));
    panel.hidden = !open || problems.length === 0;
    panel.className = failed ? "failed" : "";
    const close = element("button", { type: "button", textContent: "Close", onclick: () => { open = false; draw(); badge.focus(); } });
    const order = problems.filter(mine).concat(problems.filter((p) => !mine(p)));
    panel.replaceChildren(
      element("header", {}, element("h2", { textContent: failed ? "The site cannot be built" : "Problems" }), close),
      ...(failed ? [element("p", { textContent: "What you see is the page as it was before. This goes when the errors are mended." })] : []),
      ...order.map((p) => element("pre", { className: p.severity, textContent: p.text })));
    banner.hidden = !removed;
    if (removed) banner.replaceChildren("This page is not part of the site any more. ", element("a", { href: "/", textContent: "Home page" }));
  }

  // bare is an address without what the preview adds to it.
  const bare = (url) => {
    const u = new URL(url, location.href);
    u.searchParams.delete(stamp);
    u.hash = "";
    return u.href;
  };
  const here = (path) => decodeURI(new URL(path, location.href).pathname) === decodeURI(location.pathname).replace(/index\.html$/, "");

  // restyle loads the new style sheets before it takes away the old.
  async function restyle(next) {
    const sheets = (d) => [...d.head.querySelectorAll('link[rel~="stylesheet"]')];
    const wanted = sheets(next), had = sheets(document);
    const missing = wanted.filter((l) => !had.some((h) => bare(h.href) === bare(l.href)));
    await Promise.all(missing.map((l) => new Promise((done) => {
      const link = document.importNode(l, true);
      link.onload = link.onerror = done;
      (had.at(-1) || document.head.lastElementChild).after(link);
    })));
    for (const h of had) if (!wanted.some((l) => bare(h.href) === bare(l.href))) h.remove();
  }

  const scripts = (d) => [...d.querySelectorAll("script[src]")].map((s) => bare(s.src)).filter((s) => !s.includes(own)).sort().join(" ");

  // become turns this page into what the server has now.
  async function become() {
    const answer = await fetch(location.pathname + location.search, { cache: "no-store", headers: { Accept: "text/html" } });
    if (answer.status === 404 || answer.redirected) {
      removed = true;
      draw();
      return;
    }
    if (!answer.ok) return;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (removed) { removed = false; draw(); }
    if (scripts(next) !== scripts(document)) {
      location.reload();
      return;
    }
    await restyle(next);
    document.title = next.title;
    for (const e of [document.documentElement]) {
      for (const a of [...next.documentElement.attributes]) if (e.getAttribute(a.name) !== a.value) e.setAttribute(a.name, a.value);
    }
    for (const s of next.body.querySelectorAll("script")) if (s.src && new URL(s.src).pathname.startsWith(own)) s.remove();
    window.Idiomorph.morph(document.body, next.body, {
      morphStyle: "outerHTML",
      ignoreActiveValue: true,
      restoreFocus: true,
      callbacks: {
        // What readers of the page did to it is not undone.
        beforeAttributeUpdated: (name, e, how) => {
          if (name === "open" && (e.localName === "details" || e.localName === "dialog")) return false;
          if (name === "value" && (e.localName === "textarea" || e.localName === "input") && e.value !== e.defaultValue) return false;
          if (name === "checked" && e.checked !== e.defaultChecked) return false;
          if (name === "selected") return false;
          if (name === "src" && e.localName === "img" && how === "update" && e.src.includes(stamp + "=")) {
            const to = next.querySelector(`img[src="${CSS.escape(new URL(e.src).pathname)}"]`);
            return to ? false : undefined;
          }
          return undefined;
        },
        beforeNodeMorphed: (old, fresh) => !(old.localName === "textarea" && old.value !== old.defaultValue && old.defaultValue === fresh.defaultValue),
        beforeNodeRemoved: (old) => !(old.localName === "script" && old.src && new URL(old.src).pathname.startsWith(own)),
      },
    });
    document.dispatchEvent(new CustomEvent("guidepost:changed"));
  }

  // refresh loads again what lies where it lay but has other bytes.
  function refresh(changed) {
    const paths = new Set(changed.map((p) => decodeURI(new URL(p, location.href).pathname)));
    const stale = (url) => { const u = new URL(url, location.href); return u.origin === location.origin && paths.has(decodeURI(u.pathname)); };
    const anew = (url) => { const u = new URL(url, location.href); u.searchParams.set(stamp, at); return u.pathname + u.search; };
    for (const i of document.images) {
      if (i.currentSrc && stale(i.currentSrc) || i.src && stale(i.src)) {
        if (i.srcset) i.removeAttribute("srcset");
        i.src = anew(i.src);
      }
    }
    for (const l of document.querySelectorAll('link[rel~="stylesheet"]')) {
      if (!stale(l.href)) continue;
      const link = l.cloneNode();
      link.removeAttribute("integrity");
      link.href = anew(l.href);
      link.onload = link.onerror = () => l.remove();
      l.after(link);
    }
  }

  async function hear(news) {
    if (news.boot === boot && news.id <= at && !news.always) return;
    const another = news.boot !== boot;
    boot = news.boot;
    at = news.id;
    const was = failed;
    failed = Boolean(news.failed);
    problems = news.problems || [];
    if (failed !== was) open = failed;
    draw();
    const changed = news.changed || [], gone = news.removed || [];
    if (gone.some(here)) {
      removed = true;
      draw();
    } else if (news.all || another || changed.some(here) || removed && changed.length) {
      try {
        await become();
      } catch (e) {
        console.warn("preview:", e);
      }
    }
    refresh(changed);
  }
  const queue = (news) => { busy = busy.then(() => hear(news)); return busy; };

  // Browsers allow six connections to one host: one page holds the stream, and
  // tells the others. The lock goes to another page when that one is closed.
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("guidepost-preview") : null;
  if (channel) channel.onmessage = (e) => queue(e.data);

  async function catchUp() {
    try {
      const answer = await fetch(`${own}news?boot=${boot}&at=${at}`, { cache: "no-store" });
      if (answer.ok) queue({ ...(await answer.json()), always: true });
    } catch {
      // The server is not there; the stream says when it is.
    }
  }

  let stream = null;
  function listen() {
    if (stream) return;
    const begin = () => {
      stream = new EventSource(`${own}events?boot=${boot}&at=${at}`);
      stream.onmessage = (e) => {
        const news = JSON.parse(e.data);
        if (channel) channel.postMessage(news);
        queue(news);
      };
      stream.onerror = () => {
        // Begun anew, so that it asks for what has happened since.
        stream.close();
        stream = null;
        setTimeout(() => { if (!stream) begin(); }, 500);
      };
    };
    begin();
  }
  if (channel && navigator.locks) {
    navigator.locks.request("guidepost-preview", () => { listen(); return new Promise(() => {}); });
  } else {
    // Where the address is not trusted there are no locks: only the page that is seen listens.
    const follow = () => {
      if (document.visibilityState === "visible") listen();
      else if (stream) { stream.close(); stream = null; }
    };
    document.addEventListener("visibilitychange", follow);
    follow();
  }
  window.addEventListener("online", catchUp);
  window.addEventListener("pageshow", (e) => { if (e.persisted) catchUp(); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") catchUp(); });
  catchUp();
})();
