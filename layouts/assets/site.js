// Extras. Without this script every page is whole.

const all = (selector) => document.querySelectorAll(selector);

// Ways to share that need a script: shown where the browser has them.
const url = document.querySelector("link[rel=canonical]")?.href || location.href.split("#")[0];
const ways = {
  copy: navigator.clipboard && (async (say) => {
    try {
      await navigator.clipboard.writeText(url);
      say("Link copied");
    } catch {
      say("The link could not be copied: " + url);
    }
  }),
  device: navigator.share && (() => navigator.share({ title: document.title, url }).catch(() => {})),
  print: () => print(),
};
for (const button of all("[data-share]")) {
  const way = ways[button.dataset.share];
  if (!way) continue;
  const status = button.closest(".share")?.querySelector("[role=status]");
  button.onclick = () => way((text) => { if (status) status.textContent = text; });
  button.parentElement.hidden = false;
}

// The menu: marks where we are, and closes on Escape or a click elsewhere.
const folder = (path) => path.replace(/index\.html$/, "");
for (const link of all(".menu a")) {
  const path = folder(link.pathname);
  if (link.origin === location.origin && path.length > 1 && folder(location.pathname).startsWith(path))
    link.ariaCurrent = path === folder(location.pathname) ? "page" : "true";
}
for (const menu of all(".menu")) {
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.firstElementChild.focus();
  });
  addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}

// The contents list: marks the part that is being read.
for (const list of all(".contents")) {
  const parts = [...list.querySelectorAll("a")]
    .map((link) => [link, document.getElementById(decodeURIComponent(link.hash.slice(1)))])
    .filter(([, heading]) => heading);
  const mark = () => {
    const now = parts.findLast(([, heading]) => heading.getBoundingClientRect().top < innerHeight / 3);
    for (const part of parts) part[0].ariaCurrent = part === now ? "true" : null;
  };
  const observer = new IntersectionObserver(mark, { rootMargin: "0px 0px -67%" });
  for (const [, heading] of parts) observer.observe(heading);
  list.onclick = (event) => { if (event.target.closest("a")) list.open = false; };
}
