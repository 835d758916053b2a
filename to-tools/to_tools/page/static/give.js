// Sends what is secret straight from this browser to the vault; the page's own server gets a form without it.
// Nothing of it is kept here: no storage, no history, and the blanks are emptied before the page goes on.
(() => {
  const form = document.querySelector("form[data-vault]");
  if (!form) return;
  const vault = form.dataset.vault;
  const [goes, alarm, button] = ["#goes", "#not-given", "button.yes"].map((name) => form.querySelector(name));
  const secrets = [...form.querySelectorAll("[data-secret]")];
  const blank = (name) => form.elements.namedItem(name);
  const bare = (input) => (input.matches("textarea") ? input.value.replace(/\n$/, "") : input.value);
  const without = { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", redirect: "error" };
  let straight = false, busy = false;

  const tell = (words) => {
    alarm.hidden = !words;
    alarm.querySelector("span").textContent = words;
    if (words) alarm.scrollIntoView({ block: "nearest" });
  };
  const rest = () => { busy = button.disabled = false; };
  const forget = () => secrets.forEach((input) => { input.value = ""; });

  const look = async () => {
    try {
      await fetch(`${vault}/v1/sys/health`, { ...without, signal: AbortSignal.timeout(4000) });
      straight = true;
    } catch {
      straight = false;
    }
    goes.textContent = straight
      ? `Goes straight from this browser to the vault at ${vault}, and not through this page.`
      : `This browser can’t reach the vault at ${vault}: it passes through this page’s memory into the vault.`;
  };
  const looked = look();

  const has = (text, members) => {
    try {
      const read = JSON.parse(text);
      return members.every((name) => typeof read[name] === "string" && read[name]);
    } catch {
      return false;
    }
  };
  const slip = (input) => {
    const value = bare(input), { pattern, says, members } = input.dataset;
    if (!value) return "It is not filled.";
    if (value !== value.trim()) return "There is white space at its ends: copy it again.";
    if (!(input.matches("textarea") ? /^[\t\n -~]*$/ : /^[ -~]*$/).test(value)) {
      return "A secret has only the letters, digits and signs of ASCII.";
    }
    const fits = !pattern || new RegExp(`^(?:${pattern})$`).test(value);
    const odd = !fits || (members && !has(value, members.split(" ")));
    return odd && !form.querySelector("[name=sure]:checked") ? `This doesn’t look right; it should be ${says}.` : "";
  };
  const slips = () => {
    let first = null;
    for (const input of secrets) {
      const words = slip(input), told = document.getElementById(`slip-${input.id}`);
      told.hidden = !words;
      told.textContent = words;
      words ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
      if (words.startsWith("This")) {
        const sure = form.querySelector("[data-sure]");
        if (sure) sure.hidden = sure.querySelector("input").disabled = false;
      }
      first ??= words ? input : null;
    }
    first?.focus();
    return first !== null;
  };

  const opened = async () => {
    const asked = new URLSearchParams(new FormData(form));
    for (const name of [...asked.keys()]) {
      if (name.startsWith("field.") || ["existing", "sure", "lies_at"].includes(name)) asked.delete(name);
    }
    try {
      const answer = await fetch(`${form.action}/door`, { method: "POST", body: asked, cache: "no-store" });
      const said = await answer.json();
      if (answer.ok) return said;
      tell(said.refused);
    } catch {
      tell("The desk does not answer as it should. Nothing was given. Try again in a moment.");
    }
    return null;
  };
  const written = async ({ address, token }) => {
    const data = Object.fromEntries(secrets.map((input) => [input.name.slice("field.".length), input.value]));
    try {
      const answer = await fetch(address, {
        ...without,
        method: "POST",
        headers: { "X-Vault-Token": token, "Content-Type": "application/json" },
        body: JSON.stringify({ data, options: { cas: 0 } }),
      });
      if (!answer.ok) tell(`The vault did not take it (${answer.status}). Nothing was given. Try again.`);
      return answer.ok;
    } catch {
      straight = false;
      goes.textContent = `The vault at ${vault} can’t be reached from here now: it passes through this page’s memory.`;
      tell("Nothing was given: the vault could not be reached from this browser. Press again to give it through this page’s memory.");
      return false;
    }
  };

  const give = async () => {
    await looked;
    if (!straight) return form.submit();
    if (slips()) return rest();
    const door = await opened();
    if (!door) return rest();
    // The code counts once; what it proved holds.
    const code = blank("code");
    if (code) { code.value = ""; code.required = false; }
    if (!(await written(door))) return rest();
    forget();
    secrets.forEach((input) => { input.disabled = true; });
    blank("lies_at").value = door.lies_at;
    form.submit();
  };

  form.addEventListener("submit", (event) => {
    if (busy) return event.preventDefault();
    // What lies in the vault already is only named.
    if (blank("existing")?.value.trim()) return;
    // The desk makes it: nothing was typed that could go anywhere.
    if (event.submitter && event.submitter.name === "make") return;
    event.preventDefault();
    busy = button.disabled = true;
    tell("");
    give();
  });
  window.addEventListener("pagehide", forget);
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
