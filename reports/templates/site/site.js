// The search: it looks through all certificates in the browser and asks nobody. Without it the lists are whole, page by page.
"use strict";
(() => {
  const form = document.getElementById("search");
  const table = document.getElementById("rows");
  if (!form || !table) return;
  form.hidden = false;
  const said = form.querySelector("output");
  const body = table.tBodies[0];
  const before = Array.from(body.rows);
  const around = document.querySelectorAll(".pages, #count");
  const MOST = 200;
  let loading = null;

  const load = () => loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = form.dataset.root + "search-data.js";
    script.onload = () => { fill(); done(); };
    script.onerror = failed;
    document.head.append(script);
  });

  const labels = new Map(JSON.parse(form.dataset.labels));
  const label = (kind, name) => labels.get(`${kind}.${name}`) ?? name;

  function fill() {
    const places = { domain: 5, profile: 6, county: 7, status: 1 };
    for (const [name, place] of Object.entries(places)) {
      const values = new Set(CERTIFICATES.flatMap((one) => one[place]));
      for (const value of [...values].sort()) form.elements[name].append(new Option(label(name, value), value));
    }
  }

  function cell(text, kind) {
    const made = document.createElement("td");
    if (kind) {
      const badge = document.createElement("span");
      badge.className = `badge s-${kind}`;
      badge.textContent = text;
      made.append(badge);
    } else made.textContent = text;
    return made;
  }

  function row(one) {
    const made = document.createElement("tr");
    const head = document.createElement("th");
    const link = document.createElement("a");
    head.scope = "row";
    link.href = `${form.dataset.home}certificates/${one[0]}.html`;
    link.textContent = one[0];
    head.append(link);
    const comma = document.documentElement.lang === "en" ? ", " : "、";
    made.append(head, cell(label("status", one[1]), one[1]), cell(`${one[3]} ${one[4]}`), cell(one[2]), cell(`${one[5]} ${one[6]}`), cell(one[7].map((code) => label("county", code)).join(comma)), cell(one[9]));
    return made;
  }

  async function show() {
    await load();
    const asked = Object.fromEntries(new FormData(form));
    const text = asked.text.trim().toLowerCase();
    const any = text || asked.domain || asked.profile || asked.county || asked.status;
    for (const one of around) one.hidden = Boolean(any);
    if (!any) {
      body.replaceChildren(...before);
      said.textContent = "";
      return;
    }
    const found = CERTIFICATES.filter((one) =>
      (!text || `${one[0]} ${one[2]} ${one[3]}`.toLowerCase().includes(text)) &&
      (!asked.domain || one[5] === asked.domain) && (!asked.profile || one[6] === asked.profile) &&
      (!asked.county || one[7].includes(asked.county)) && (!asked.status || one[1] === asked.status));
    body.replaceChildren(...found.slice(0, MOST).map(row));
    const words = found.length > MOST ? form.dataset.more : form.dataset.found;
    said.textContent = words.replace("{count}", found.length > MOST ? `${MOST} / ${found.length}` : found.length);
  }

  form.addEventListener("focusin", load, { once: true });
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  load().then(show);
})();
