
"use strict";
(() => {
  const main = document.getElementById("main"), query = document.getElementById("query");
  const home = [...main.childNodes];

  // el makes an element with text and children; nothing is ever parsed as markup.
  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    node.append(...children.filter((c) => c !== undefined && c !== ""));
    return node;
  };

  // A gateway has content below a path, or names it in the host.
  const subdomain = location.hostname.match(/^[^.]+\.(?:ipfs|ipns)\.(.+)$/);
  const at = (cid) => subdomain ? `${location.protocol}//${cid}.ipfs.${subdomain[1]}${location.port ? ":" + location.port : ""}/` : `/ipfs/${cid}/`;
  const isCID = (text) => typeof text === "string" && /^[A-Za-z0-9]{46,128}$/.test(text);
  const cidLink = (cid) => isCID(cid) ? el("a", { class: "mono", href: at(cid).replace(/\/$/, subdomain ? "/" : "") }, cid) : String(cid || "");
  const web = (text) => /^https?:\/\//.test(text) ? el("a", { href: text, rel: "noreferrer" }, text) : String(text);
  const bytes = (n) => n > 1e6 ? (n / 1e6).toFixed(1) + " MB" : n > 1e3 ? (n / 1e3).toFixed(1) + " kB" : n + " B";
  const day = (text) => String(text || "").slice(0, 10);
  const route = (name) => "#/" + name.split("/").map(encodeURIComponent).join("/");
  const item = (e) => el("li", {}, el("a", { href: route(e.name) }, e.name), e.version);
  const entriesOf = (root) => [...root.querySelectorAll("li")].map((li) => ({ name: li.querySelector("a").textContent, version: li.lastChild.textContent.trim() }));

  // The list: what is in the page, or of a long one its files, each read once.
  const inline = document.getElementById("list");
  const files = [...document.querySelectorAll("#files a")].map((a) => a.getAttribute("href"));
  let loading;
  const entries = inline ? entriesOf(inline) : [];
  const load = (tell) => loading ??= (async () => {
    let next = 0;
    const worker = async () => {
      while (next < files.length) {
        const answer = await fetch(files[next++]);
        if (!answer.ok) throw new Error("the list could not be read: " + answer.status);
        entries.push(...entriesOf(new DOMParser().parseFromString(await answer.text(), "text/html")));
        tell();
      }
    };
    await Promise.all(Array.from({ length: 6 }, worker));
  })().catch((err) => { loading = undefined; throw err; });

  const most = 200;
  const hits = (words) => {
    const found = entries.filter((e) => words.every((w) => e.name.toLowerCase().includes(w)));
    const rank = (e) => e.name === words.join(" ") ? 0 : e.name.startsWith(words[0]) ? 1 : 2;
    return found.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  };
  const search = async (text) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const show = (done) => {
      if (query.value !== text) return;
      const found = hits(words);
      const much = found.length > most ? `, the first ${most} of them here` : "";
      main.replaceChildren(el("p", { class: "note", id: "found" }, `${found.length} found${much}${done ? "" : " so far …"}`),
        el("ul", {}, ...found.slice(0, most).map(item)));
    };
    show(files.length === 0);
    await load(() => show(false));
    show(true);
  };

  // One package.
  const pairs = (object) => Object.entries(object || {}).map(([k, v]) => `${k} ${v}`).join(", ");
  const provenance = (dist) => {
    const out = [];
    for (const s of dist.signatures || []) out.push(el("div", {}, "signed with key ", el("span", { class: "mono" }, String(s.keyid))));
    const a = dist.attestations;
    if (a && a.url) out.push(el("div", {}, "attestations at ", web(a.url)));
    if (a && a.provenance) out.push(el("div", {}, "provenance: ", web(String(a.provenance.predicateType))));
    return out;
  };
  const version = (number, v, tags) => {
    const dist = v.dist || {}, list = el("dl");
    const row = (label, ...content) => { if (content.some((c) => c)) list.append(el("dt", {}, label), el("dd", {}, ...content)); };
    const summary = el("summary", {}, el("b", {}, number, ...tags.map((t) => el("span", { class: "tag" }, t))),
      el("span", { class: "note" }, [day(v.time), dist.size ? bytes(dist.size) : ""].filter(Boolean).join(", ")));
    if (v.deprecated) summary.append(el("span", { class: "warn" }, "deprecated"));
    if (v.deprecated) row("deprecated", el("span", { class: "warn" }, String(v.deprecated)));
    row("cid", cidLink(dist.cid));
    row("integrity", el("span", { class: "mono" }, String(dist.integrity || "")));
    row("contents", dist.fileCount ? `${dist.fileCount} files, ${bytes(dist.unpackedSize || 0)} unpacked` : "");
    row("published", String(v.time || ""));
    row("dependencies", pairs(v.dependencies));
    row("optional", pairs(v.optionalDependencies));
    row("peers", pairs(v.peerDependencies));
    row("engines", pairs(v.engines));
    row("commands", Object.keys(v.bin || {}).join(", "));
    row("platforms", [...v.os || [], ...v.cpu || [], ...v.libc || []].join(", "));
    if (v.hasInstallScript) row("scripts", "has install scripts");
    const proof = provenance(dist);
    row("provenance", ...(proof.length ? proof : ["none recorded"]));
    return el("details", { "data-version": number }, summary, list);
  };
  const parts = (number) => {
    const [core, pre] = number.replace(/^v/, "").split("+")[0].split(/-(.*)/s);
    return [...core.split(".").map(Number), pre ? 0 : 1, pre || ""];
  };
  const newer = (a, b) => {
    const x = parts(a), y = parts(b);
    for (let i = 0; i < 4; i++) if (x[i] !== y[i]) return y[i] - x[i];
    return y[4].localeCompare(x[4], "en", { numeric: true });
  };
  const show = async (name) => {
    const answer = await fetch("packages/" + name.split("/").map(encodeURIComponent).join("/"));
    if (!answer.ok) throw new Error(answer.status === 404 ? `there is no package ${name} here` : `${name} could not be read: ${answer.status}`);
    const doc = await answer.json(), tagged = {};
    for (const [tag, v] of Object.entries(doc["dist-tags"] || {})) (tagged[v] ??= []).push(tag);
    const numbers = Object.keys(doc.versions).sort(newer), shown = 50;
    const rows = (list) => list.map((n) => version(n, doc.versions[n], tagged[n] || []));
    const first = rows(numbers.slice(0, shown));
    if (first[0]) first[0].open = true;
    main.replaceChildren(el("p", {}, el("a", { href: "#" }, "All packages")), el("h2", { id: "package" }, name),
      el("p", { class: "note" }, numbers.length === 1 ? "1 version" : numbers.length + " versions"), ...first);
    if (numbers.length > shown) {
      const more = el("button", {}, `Show ${numbers.length - shown} older versions`);
      more.addEventListener("click", () => more.replaceWith(...rows(numbers.slice(shown))));
      main.append(more);
    }
    document.title = name;
  };

  // The states before this one, from each one's own registry.json.
  const states = document.getElementById("states");
  const history = async () => {
    const answer = await fetch("registry.json"), own = (answer.headers.get("x-ipfs-roots") || "").split(",")[0];
    let info = await answer.json();
    const line = (root, i) => el("li", {}, `#${i.sequence || 0} ${i.time ? String(i.time).slice(0, 16).replace("T", " ") : ""} `, root ? cidLink(root) : "");
    const list = [line(own, info)];
    for (let n = 0; n < 20 && isCID(info.previous); n++) {
      const root = info.previous;
      try {
        const before = await fetch(at(root) + "registry.json", { signal: AbortSignal.timeout(10000) });
        if (!before.ok) throw new Error();
        info = await before.json();
        list.push(line(root, info));
      } catch {
        list.push(el("li", {}, "before that ", cidLink(root), ", which this gateway does not have"));
        break;
      }
    }
    states.replaceChildren(...list);
  };

  const go = async () => {
    try {
      const name = decodeURIComponent(location.hash.replace(/^#\/?/, ""));
      if (location.hash.startsWith("#/")) {
        query.value = "";
        await show(name);
      } else if (location.hash.startsWith("#?")) {
        query.value = decodeURIComponent(location.hash.slice(2));
        await search(query.value);
      } else {
        main.replaceChildren(...home);
      }
    } catch (err) {
      main.replaceChildren(el("p", {}, el("a", { href: "#" }, "All packages")), el("p", { class: "warn" }, String(err.message)));
    }
  };
  for (const e of inline ? inline.querySelectorAll("a") : []) e.href = route(e.textContent);
  const here = location.href.replace(/[?#].*$/, "").replace(/index\.html$/, "");
  document.getElementById("npm").textContent = `npm install --registry=${here}npm/`;
  document.getElementById("find").hidden = false;
  document.getElementById("find").addEventListener("submit", (event) => event.preventDefault());
  query.addEventListener("input", () => { location.hash = query.value ? "#?" + encodeURIComponent(query.value) : ""; });
  addEventListener("hashchange", go);
  go();
  history().catch(() => {});
})();
