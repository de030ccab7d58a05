// Puts pages of guidance into other sites' pages:
//   <guidepost-page src="https://site/PATH/" mode="inline|frame|card" heading-level="2" theme="auto|light|dark" links="site|stay">
//   <guidepost-list topic="SLUG" limit="5">
// What stands inside the element, a link, stays where this fails. Nothing is
// asked of any site but the one that this script comes from; nothing is kept.
(() => {
  const self = document.currentScript || document.querySelector('script[src$="/embed.js"]');
  if (!self || !self.src || !window.customElements || customElements.get("guidepost-page")) return;
  const base = new URL(".", self.src).href.replace(/assets\/lent\/$/, "");
  const origin = new URL(base).origin;
  const warn = (what) => console.warn("guidepost: " + what);
  const cache = new Map(); // address -> what it holds: ten elements of one page ask once
  const ask = (url) => {
    if (!cache.has(url)) {
      const job = fetch(url, { credentials: "omit", referrerPolicy: "no-referrer" }).then((answer) => {
        if (!answer.ok) throw new Error(answer.status + " at " + url);
        return answer.json();
      });
      job.catch(() => cache.delete(url)); // it may be there again
      cache.set(url, job);
    }
    return cache.get(url);
  };
  // The folder of a page of this site, or nothing.
  const page = (src) => {
    try {
      const url = new URL(src, base);
      if (!url.href.startsWith(base)) return;
      return url.origin + url.pathname.replace(/index\.html$/, "").replace(/\/?$/, "/");
    } catch { /* no address */ }
  };

  // What a text may be made of. Everything else is left out, its text stays.
  const tags = new Set(("a abbr article aside b bdi bdo blockquote br caption cite code col colgroup data dd del details dfn div dl dt em figcaption figure footer " +
    "h2 h3 h4 h5 h6 header hr i img input ins kbd li mark nav ol p picture pre q s samp section small source span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr").split(" "));
  const drop = new Set("script style iframe object embed template form button select textarea svg math link meta base noscript".split(" "));
  const attrs = new Set("id class lang dir title alt width height colspan rowspan scope headers start reversed value type checked disabled datetime cite open loading role name href src srcset sizes rel".split(" "));
  const safe = (url) => { try { return /^(https?|mailto|tel):$/.test(new URL(url, base).protocol); } catch { return false; } };
  const clean = (node, shift) => {
    if (node.nodeType === 3) return document.createTextNode(node.data);
    if (node.nodeType !== 1) return "";
    let name = node.localName;
    if (drop.has(name)) return "";
    const to = tags.has(name) ? document.createElement(/^h[2-6]$/.test(name) ? "h" + Math.min(6, +name[1] + shift) : name) : document.createDocumentFragment();
    if (to.nodeType === 1) {
      for (const { name: key, value } of node.attributes) {
        if (!attrs.has(key) && !key.startsWith("aria-")) continue;
        if ((key === "href" || key === "src") && !value.startsWith("#") && !safe(value)) continue;
        to.setAttribute(key, key === "href" || key === "src" ? (value[0] === "#" ? value : new URL(value, base).href) : value);
      }
      if (name === "input") { to.type = "checkbox"; to.disabled = true; }
      if (name === "img") to.loading = "lazy";
    }
    for (const child of node.childNodes) to.append(clean(child, shift));
    return to;
  };

  const css = `:host{display:block}:host([hidden]){display:none}
:host([theme=light]){color-scheme:light}:host([theme=dark]){color-scheme:dark}:host(:is([theme=light],[theme=dark])) .gp{background:Canvas;color:CanvasText}
.gp{font:inherit;line-height:1.55;color:inherit;overflow-wrap:break-word;text-align:start}
.gp *{box-sizing:border-box}
h1,h2,h3,h4,h5,h6{line-height:1.25;margin:1.4em 0 .4em;font-size:1.15em}.title{margin-top:0;font-size:1.5em}
p,ul,ol,dl,figure,blockquote,pre,.table-scroll{margin:0 0 1em}
img{max-width:100%;height:auto}figcaption,.lent-from{font-size:.9em;opacity:.85}
a{color:LinkText;text-underline-offset:.2em}:focus-visible{outline:3px solid;outline-offset:2px}
.callout{border-inline-start:4px solid;padding:.6em 1em;background:color-mix(in srgb,currentColor 7%,transparent);margin:0 0 1em}
.callout-label{font-weight:700;margin-bottom:.2em}.callout>:last-child{margin-bottom:0}
.table-scroll,pre{overflow-x:auto}table{border-collapse:collapse}td,th{padding:.35em .6em;border:1px solid color-mix(in srgb,currentColor 30%,transparent);text-align:start;vertical-align:top}
blockquote{padding-inline-start:1em;border-inline-start:3px solid color-mix(in srgb,currentColor 30%,transparent)}
.lent-from{border-top:1px solid color-mix(in srgb,currentColor 30%,transparent);padding-top:.8em}.lent-from p{margin:0 0 .2em}
.list{padding-inline-start:1.2em}.said{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
iframe{display:block;width:100%;border:0}.wait{position:absolute;visibility:hidden}
@media print{.lent-from a::after{content:" (" attr(href) ")"}}`;
  const make = (name, props, ...children) => {
    const to = Object.assign(document.createElement(name), props);
    to.append(...children);
    return to;
  };

  class Base extends HTMLElement {
    connectedCallback() { if (!this.done) this.start(); }
    disconnectedCallback() { this.stop?.(); this.done = false; }
    attributeChangedCallback(name, old, now) { if (this.done && old !== now) this.start(); }
    start() {
      this.done = true;
      const turn = this.turn = {}; // what comes back after a later start is not shown
      this.stop?.();
      this.stop = null;
      this.show(turn).catch((error) => {
        if (turn !== this.turn) return;
        warn((this.getAttribute("src") || this.localName) + " is not shown: " + error.message);
        this.stop?.();
        this.put(document.createElement("slot")); // the plain link
      });
    }
    // put shows nodes in place of the link.
    put(...nodes) {
      const root = this.shadowRoot || this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [sheet];
      root.replaceChildren(...nodes);
      return root;
    }
    get level() { return Math.min(6, Math.max(1, parseInt(this.getAttribute("heading-level"), 10) || 2)); }
  }

  let count = 0;
  class Page extends Base {
    static observedAttributes = ["src", "mode", "heading-level", "theme", "links"];
    async show(turn) {
      const url = page(this.getAttribute("src"));
      if (!this.getAttribute("src")) throw new Error("it has no src");
      if (!url) throw new Error("src is not a page of " + base);
      const mode = this.getAttribute("mode") || "inline";
      if (mode === "inline") {
        try {
          return this.inline(await ask(url + "index.json"), turn);
        } catch (error) {
          // A host may be allowed to frame the page where it may not read it.
          if (turn !== this.turn) return;
          if (!(error instanceof TypeError)) throw error;
          warn(url + " cannot be read here (" + error.message + "), so a frame is tried");
        }
      } else if (mode !== "frame" && mode !== "card") {
        throw new Error('mode is "' + mode + '", not inline, frame or card');
      }
      return this.frame(url, mode === "card" ? "card" : "embed", turn);
    }

    inline(data, turn, focus) {
      if (turn !== this.turn) return;
      const doc = new DOMParser().parseFromString(data.html, "text/html");
      const level = this.level;
      const title = make("h" + level, { className: "title", textContent: data.title, tabIndex: -1 });
      const status = make("p", { className: "said" });
      status.setAttribute("role", "status");
      const text = document.createElement("div");
      for (const node of doc.body.childNodes) text.append(clean(node, level - 1));
      const box = make("article", { className: "gp", lang: data.language, dir: data.direction }, title);
      if (data.description) box.append(make("p", { textContent: data.description }));
      box.append(text, status);
      box.setAttribute("aria-labelledby", (title.id = "gp-title-" + ++count));
      const root = this.put(box);
      root.onclick = (event) => this.follow(event, root, status, turn);
      if (focus) { title.focus(); status.textContent = data.title; }
    }

    follow(event, root, status, turn) {
      const link = event.target.closest?.("a[href]");
      if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const href = link.getAttribute("href");
      if (href[0] === "#") { // the browser finds no place in a shadow tree
        event.preventDefault();
        let id = href.slice(1);
        try { id = decodeURIComponent(id); } catch { /* as it is written */ }
        const to = root.getElementById(id);
        if (!to) return;
        to.tabIndex = -1;
        to.scrollIntoView();
        to.focus({ preventScroll: true });
        return;
      }
      const url = this.getAttribute("links") === "stay" && page(href);
      if (!url || link.closest(".lent-from")) return;
      event.preventDefault();
      const go = () => { location.href = link.href; };
      ask(url + "index.json").then((data) => this.inline(data, turn, true), go);
    }

    frame(url, kind, turn) {
      if (location.origin === origin) throw new Error("a frame is for pages of other sites; use inline here");
      return new Promise((resolve, reject) => {
        const id = "gp" + ++count;
        const iframe = make("iframe", { src: url + kind + "/", title: this.textContent.trim() || "Guidance", referrerPolicy: "no-referrer", className: "wait" });
        iframe.setAttribute("sandbox", "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation");
        const theme = this.getAttribute("theme");
        if (theme) iframe.style.colorScheme = theme;
        const slot = document.createElement("slot");
        const limit = setTimeout(() => reject(new Error("the page does not answer in a frame")), 10000);
        const heard = ({ source, origin: from, data }) => {
          if (source !== iframe.contentWindow || from !== origin || data?.type !== "guidepost:height" || data.v !== 1) return;
          if (data.id && data.id !== id) return;
          if (!Number.isInteger(data.height) || data.height < 0 || data.height > 20000) return;
          clearTimeout(limit);
          iframe.height = kind === "card" ? 300 : data.height;
          iframe.className = "";
          slot.remove();
          resolve();
        };
        addEventListener("message", heard);
        iframe.onload = () => iframe.contentWindow?.postMessage({ type: "guidepost:hello", v: 1, id }, origin);
        this.stop = () => { clearTimeout(limit); removeEventListener("message", heard); };
        this.put(slot, iframe);
      });
    }
  }

  class List extends Base {
    static observedAttributes = ["topic", "limit", "heading-level", "theme"];
    async show(turn) {
      const topic = this.getAttribute("topic");
      const limit = Math.min(50, Math.max(1, parseInt(this.getAttribute("limit"), 10) || 5));
      const all = (await ask(base + "articles.json")).articles;
      if (turn !== this.turn) return;
      const day = (one) => one.updated || one.published || "";
      const list = all
        .filter((one) => one.topics.length && !one.state && !one.unlisted && !one.draft && (!topic || one.topics.includes(topic)))
        .sort((a, b) => (day(a) < day(b) ? 1 : day(a) > day(b) ? -1 : 0)).slice(0, limit);
      if (!list.length) throw new Error("there are no articles of the topic " + topic);
      const items = list.filter((one) => safe(one.url)).map((one) => make("li", {}, make("a", { href: one.url, textContent: one.title })));
      this.put(make("div", { className: "gp" }, make("ul", { className: "list" }, ...items)));
    }
  }

  customElements.define("guidepost-page", Page);
  customElements.define("guidepost-list", List);
})();
