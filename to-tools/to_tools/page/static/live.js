// Tells the parts of a page that fetch themselves to look, whenever the desk says that something moved.
// A page in the background lets its connection go (a browser has six a host) and looks when it is seen again.
(() => {
  let source = null;
  const look = () => htmx.trigger(document.body, "look");
  const follow = () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!source) {
      source = new EventSource("/live");
      source.onopen = look;
      source.onmessage = look;
    }
  };
  document.addEventListener("visibilitychange", follow);
  window.addEventListener("pagehide", () => { source?.close(); source = null; });
  window.addEventListener("pageshow", follow);
})();
