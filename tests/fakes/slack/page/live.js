// Shows what changed, without taking away what somebody has begun to type.
const seen = new Map();
const source = (root) => root.querySelectorAll("[data-live] > *").forEach((one) => seen.set(one.id, one.outerHTML));
const touched = (one) =>
  [...one.querySelectorAll("input, textarea, select")].some((field) =>
    field.tagName === "SELECT"
      ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0
      : field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue);
const down = () => document.querySelectorAll("#messages, #thread").forEach((one) => (one.scrollTop = one.scrollHeight));

function take(fresh) {
  let grew = false;
  for (const now of fresh.querySelectorAll("[data-live]")) {
    const here = document.getElementById(now.id);
    if (!here) continue;
    const ids = new Set([...now.children].map((one) => one.id));
    [...here.children].filter((one) => !ids.has(one.id)).forEach((one) => one.remove());
    for (const one of [...now.children]) {
      const old = document.getElementById(one.id);
      const html = one.outerHTML;
      if (old && (seen.get(one.id) === html || touched(old))) { here.append(old); continue; }
      seen.set(one.id, html);
      grew ||= !old;
      old?.remove();
      here.append(one);
    }
  }
  if (grew) down();
}

async function look() {
  try {
    const version = await (await fetch("/version")).text();
    if (version !== document.body.dataset.version) {
      const html = await (await fetch(location.href, { headers: { "x-live": "1" } })).text();
      const fresh = new DOMParser().parseFromString(html, "text/html");
      document.body.dataset.version = fresh.body.dataset.version;
      take(fresh);
    }
  } catch { document.title = "The stand-in for Slack has stopped"; }
  setTimeout(look, 300);
}

document.addEventListener("click", (click) => {
  const button = click.target.closest("[data-confirm]");
  if (button && !confirm(button.dataset.confirm)) click.preventDefault();
});
document.querySelector(".who select").addEventListener("change", (change) => change.target.form.submit());
document.body.classList.add("live");
source(document);
down();
setTimeout(look, 300);
