// In a frame: tells the page around it how high this one is. It answers nobody
// but its own parent, of a site that may show it. Without this script the frame
// scrolls.
(() => {
  if (parent === window) return;
  const allowed = (document.querySelector("meta[name=guidepost-origins]")?.content || "").split(" ").filter(Boolean);
  const may = (origin) => allowed.some((one) => {
    const [scheme, host] = one.split("://");
    if (!host.startsWith("*.")) return one === origin;
    return origin.startsWith(scheme + "://") && origin.endsWith(host.slice(1));
  });
  // WordPress names its frames in the address, and wants that name back.
  const secret = /[#&?]secret=([a-zA-Z0-9]+)/.exec(location.hash)?.[1];
  let to = "", id = "", last = 0;
  const meet = (origin) => { if (!to && origin && may(origin)) to = origin; };
  meet(location.ancestorOrigins?.[0]);
  try { meet(new URL(document.referrer).origin); } catch { /* no address: wait to be asked */ }

  const box = document.getElementById("main");
  const tell = () => {
    const height = Math.ceil(box.getBoundingClientRect().height);
    if (!to || height === last) return;
    last = height;
    parent.postMessage({ type: "guidepost:height", v: 1, id, height }, to);
    if (secret) parent.postMessage({ secret, message: "height", value: height }, to);
  };
  addEventListener("message", ({ source, origin, data }) => {
    if (source !== parent || !may(origin) || data?.type !== "guidepost:hello" || data.v !== 1) return;
    to = origin;
    id = String(data.id ?? "").slice(0, 64);
    last = 0;
    tell();
  });
  if (!document.querySelector(".lent-card")) new ResizeObserver(tell).observe(box);
  tell();

  // In WordPress's sandbox links lead nowhere; it follows those to this site.
  if (secret) addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || !to || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    parent.postMessage({ secret, message: "link", value: link.href }, to);
  });
})();
