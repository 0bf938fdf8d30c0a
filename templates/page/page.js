"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const models = JSON.parse($("index").textContent).models;
  const byKey = new Map(models.map((model) => [model.key, model]));
  const byName = new Map(models.map((model) => [model.name, model]));
  const columnId = (key, column) => JSON.stringify([key, column]);

  // -- lineage: upstream and downstream columns and models

  const before = new Map(), after = new Map(), readers = new Map();
  const add = (map, key, value) => { map.has(key) ? map.get(key).push(value) : map.set(key, [value]); };
  for (const model of models) {
    for (const read of model.reads) add(readers, read, model.key);
    for (const [column, inputs] of model.columns) {
      for (const [key, name] of inputs) {
        add(before, columnId(model.key, column), columnId(key, name));
        add(after, columnId(key, name), columnId(model.key, column));
      }
    }
  }
  function reached(start, next) {
    const found = new Set(), waiting = [start];
    while (waiting.length) {
      for (const one of next(waiting.pop()) || []) {
        if (!found.has(one) && one !== start) { found.add(one); waiting.push(one); }
      }
    }
    return found;
  }

  // -- views

  const tabs = all('[role="tab"]'), views = all(".view");
  function show(name, focus) {
    const chosen = tabs.find((tab) => tab.getAttribute("aria-controls") === name) || tabs[0];
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
    }
    for (const view of views) view.hidden = view.id !== chosen.getAttribute("aria-controls");
    const picture = pictures.get(chosen.getAttribute("aria-controls"));
    if (picture) picture.shown();
    if (focus) chosen.focus();
  }
  for (const tab of tabs) {
    tab.addEventListener("click", () => { location.hash = "/" + tab.getAttribute("aria-controls"); });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      location.hash = "/" + next.getAttribute("aria-controls");
      show(next.getAttribute("aria-controls"), true);
    });
  }
  const shownView = () => views.find((view) => !view.hidden);

  // -- pictures: pan and zoom by pointer, wheel and keys

  class Picture {
    constructor(view) {
      this.svg = view.querySelector("svg");
      this.world = this.svg.querySelector(".world");
      this.width = Number(this.svg.dataset.width);
      this.height = Number(this.svg.dataset.height);
      this.boxes = new Map(all(".box", this.svg).map((box) => [box.dataset.key, box]));
      this.lines = all(".line", this.svg);
      this.threads = new Map(["up", "down"].map((word) => [word, this.thread(word)]));
      this.pointers = new Map();
      this.waiting = false;
      this.svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
      this.svg.addEventListener("pointerdown", (event) => this.down(event));
      this.svg.addEventListener("pointermove", (event) => this.move(event));
      for (const name of ["pointerup", "pointercancel"]) this.svg.addEventListener(name, (event) => this.up(event));
      this.svg.addEventListener("click", (event) => this.click(event));
      this.svg.addEventListener("keydown", (event) => this.key(event));
      for (const button of all("[data-zoom]", view)) {
        button.addEventListener("click", () => this.zoomed({ in: 1.3, out: 1 / 1.3, fit: 0 }[button.dataset.zoom]));
      }
    }
    shown() {
      const { width, height } = this.svg.getBoundingClientRect();
      if (!width || this.printing || this.seen === width + "x" + height) return;
      const fits = this.seen === undefined || this.fitted;
      this.seen = width + "x" + height;
      this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      if (fits) this.fit();
      if (this.wanted) this.reveal(...this.wanted);
    }
    print(printing) {
      this.printing = printing;
      if (!printing) { this.seen = undefined; this.shown(); return; }
      this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
      this.world.removeAttribute("transform");
      this.svg.classList.remove("far");
    }
    size() { return this.svg.getBoundingClientRect(); }
    fit() {
      this.spread(0, 0, this.width, this.height, 1.25);
      this.fitted = true;
    }
    spread(left, top, right, bottom, most) {
      const { width, height } = this.size(), [w, h] = [right - left, bottom - top];
      const below = 56; // for the buttons
      this.k = Math.max(0.01, Math.min(most, (width - 16) / w, (height - below - 8) / h)) || 1;
      this.x = (width - (left + right) * this.k) / 2;
      this.y = Math.max(8 - top * this.k, (height - below - (top + bottom) * this.k) / 2);
      this.draw();
    }
    draw() {
      this.fitted = false;
      if (this.waiting) return;
      this.waiting = true;
      requestAnimationFrame(() => {
        this.waiting = false;
        if (this.printing) return;
        this.world.setAttribute("transform", `translate(${this.x} ${this.y}) scale(${this.k})`);
        this.svg.classList.toggle("far", this.k < 0.42);
      });
    }
    zoomed(by, x, y) {
      if (!by) { this.fit(); return; }
      const { width, height } = this.size();
      const k = Math.max(0.01, Math.min(4, this.k * by));
      const [px, py] = [x ?? width / 2, y ?? height / 2];
      this.x = px - (px - this.x) * (k / this.k);
      this.y = py - (py - this.y) * (k / this.k);
      this.k = k;
      this.draw();
    }
    wheel(event) {
      event.preventDefault();
      const { left, top } = this.size();
      const by = Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015));
      this.zoomed(by, event.clientX - left, event.clientY - top);
    }
    down(event) {
      if (event.button) return;
      this.pointers.set(event.pointerId, [event.clientX, event.clientY]);
      this.moved = 0;
    }
    move(event) {
      const last = this.pointers.get(event.pointerId);
      if (!last) return;
      const now = [event.clientX, event.clientY];
      if (this.pointers.size === 2) {
        const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
        const { left, top } = this.size();
        const far = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) || 1;
        this.zoomed(far(now, other) / far(last, other), (now[0] + other[0]) / 2 - left, (now[1] + other[1]) / 2 - top);
      }
      this.x += (now[0] - last[0]) / this.pointers.size;
      this.y += (now[1] - last[1]) / this.pointers.size;
      this.moved += Math.abs(now[0] - last[0]) + Math.abs(now[1] - last[1]);
      this.pointers.set(event.pointerId, now);
      if (this.moved > 4 && !this.svg.classList.contains("dragged")) {
        this.svg.classList.add("dragged");
        this.svg.setPointerCapture(event.pointerId);
      }
      this.draw();
    }
    up(event) {
      this.pointers.delete(event.pointerId);
      if (!this.pointers.size) this.svg.classList.remove("dragged");
    }
    click(event) {
      if (this.moved > 4) { this.moved = 0; return; }
      const box = event.target.closest(".box"), row = event.target.closest(".row");
      if (!box) return;
      this.still = true; // who points at a box wants it to stay there
      go(box.dataset.key, row ? row.dataset.column : "");
    }
    key(event) {
      const box = event.target.closest(".box");
      if (box && (event.key === "Enter" || event.key === " ")) {
        event.preventDefault();
        go(box.dataset.key, "");
        return;
      }
      const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
      const by = { "+": 1.2, "=": 1.2, "-": 1 / 1.2, 0: 0 }[event.key];
      if (step) { this.x += step[0]; this.y += step[1]; this.draw(); } else if (by !== undefined) this.zoomed(by);
      else return;
      event.preventDefault();
    }
    area(box) {
      const [, x, y] = box.getAttribute("transform").match(/\(([-\d.e]+) ([-\d.e]+)\)/).map(Number);
      const frame = box.querySelector(".frame");
      return [x, y, x + Number(frame.getAttribute("width")), y + Number(frame.getAttribute("height"))];
    }
    sees([left, top, right, bottom]) {
      const { width, height } = this.size();
      return right * this.k + this.x < width && left * this.k + this.x > 0 &&
        top * this.k + this.y > 0 && bottom * this.k + this.y < height;
    }
    // Brings a box into view, with `others` where all of them stay legible; moves nothing that is in view already.
    reveal(key, others = []) {
      const box = this.boxes.get(key);
      this.wanted = [key, others];
      if (!box || this.svg.closest("[hidden]")) return;
      this.wanted = undefined;
      const areas = [box, ...others.map((other) => this.boxes.get(other)).filter(Boolean)].map((one) => this.area(one));
      const [left, top, right, bottom] = [0, 1, 2, 3].map((n) => (n < 2 ? Math.min : Math.max)(...areas.map((one) => one[n])));
      const { width, height } = this.size();
      if (this.k > 0.7 && this.sees([left, top, right, bottom])) return;
      if (Math.min(width / (right - left), height / (bottom - top)) > 0.5) {
        this.spread(left - 12, top - 12, right + 12, bottom + 12, 1);
        return;
      }
      const [l, t, r, b] = areas[0];
      if (this.k > 0.42 && this.sees([l, t, r, Math.min(b, t + 60)])) return;
      this.k = Math.max(this.k, Math.min(0.85, width / (r - l + 40)));
      this.x = width / 2 - ((l + r) / 2) * this.k;
      this.y = height / 2 - (t + Math.min(b - t, height / this.k - 40) / 2) * this.k;
      this.draw();
    }
    // -- the lineage of a column, drawn from row to row
    thread(word) {
      const path = document.createElementNS(this.svg.namespaceURI, "path");
      path.setAttribute("class", `thread ${word}`);
      this.world.append(path);
      return path;
    }
    end(id, side) {
      const [key, column] = JSON.parse(id), box = this.boxes.get(key);
      if (!box) return undefined;
      const [left, top, right, bottom] = this.area(box);
      const row = all(".row", box).find((one) => one.dataset.column === column);
      const y = row && !this.svg.classList.contains("far") ? top + Number(row.querySelector("rect").getAttribute("y")) + 10 : bottom - 14;
      return [side === "out" ? right : left, y];
    }
    tie(word, pairs) {
      const parts = pairs.map(([from, to]) => [this.end(from, "out"), this.end(to, "in")]).filter(([a, b]) => a && b);
      const bend = (a, b) => Math.max(40, Math.min(160, Math.abs(b[0] - a[0]) / 2));
      this.threads.get(word).setAttribute("d", parts.map(([a, b]) =>
        `M${a[0]} ${a[1]}C${a[0] + bend(a, b)} ${a[1]} ${b[0] - bend(a, b)} ${b[1]} ${b[0]} ${b[1]}`).join(""));
      return parts.length;
    }
    light(self, up, down, rows, pairs) {
      const tied = this.tie("up", pairs.up) + this.tie("down", pairs.down);
      this.svg.classList.toggle("threaded", tied > 0);
      this.svg.classList.toggle("traced", [self, ...up, ...down].some((key) => this.boxes.has(key)));
      for (const [key, box] of this.boxes) {
        box.classList.toggle("self", key === self);
        box.classList.toggle("up", up.has(key));
        box.classList.toggle("down", down.has(key));
      }
      for (const row of this.rows || []) row.classList.remove("self", "up", "down");
      this.rows = [];
      for (const [id, word] of rows) {
        const [key, column] = JSON.parse(id);
        const box = this.boxes.get(key);
        const row = box && all(".row", box).find((one) => one.dataset.column === column);
        if (row) { row.classList.add(word); this.rows.push(row); }
      }
      const lit = (key) => key === self || up.has(key) || down.has(key);
      for (const line of this.lines) {
        line.classList.toggle("lit", self !== "" && lit(line.dataset.from) && lit(line.dataset.to));
      }
    }
  }
  const pictures = new Map(all(".picture").map((view) => [view.id, new Picture(view)]));
  for (const box of all(".box")) {
    box.addEventListener("focus", () => {
      if (box.matches(":focus-visible")) pictures.get(box.closest(".picture").id).reveal(box.dataset.key);
    });
  }
  new ResizeObserver(() => { for (const picture of pictures.values()) picture.shown(); }).observe(document.querySelector(".views"));

  addEventListener("beforeprint", () => { for (const picture of pictures.values()) picture.print(true); });
  addEventListener("afterprint", () => { for (const picture of pictures.values()) picture.print(false); });

  // -- details of a model or a column

  const details = $("details");
  const templates = new Map(all("template[data-key]").map((template) => [template.dataset.key, template]));
  let open = "";
  function address(key, column) {
    return "#" + encodeURIComponent(key) + (column ? "." + encodeURIComponent(column) : "");
  }
  function go(key, column) {
    const wanted = address(key, column);
    if (location.hash === wanted) select(key, column); else location.hash = wanted;
  }
  function select(key, column) {
    for (const article of all("article", details)) article.remove();
    const template = templates.get(key);
    details.hidden = !template;
    open = template ? key : "";
    if (!template) { clear(); return; }
    details.append(template.content.cloneNode(true));
    const article = details.querySelector("article");
    const picture = pictures.get(shownView().id);
    if (picture && !picture.boxes.has(key)) show("lineage");
    const lit = trace(article, key, column);
    details.scrollTop = 0;
    const row = column && all("tr[data-column]", article).find((one) => one.dataset.column === column);
    if (row) { row.classList.add("lit"); row.scrollIntoView({ block: "nearest" }); }
    for (const picture of pictures.values()) {
      picture.shown();
      if (!picture.still) picture.reveal(key, lit);
      picture.still = false;
    }
  }
  function clear() {
    for (const picture of pictures.values()) picture.light("", new Set(), new Set(), [], { up: [], down: [] });
  }
  function trace(article, key, column) {
    const box = article.querySelector(".trace");
    box.replaceChildren();
    box.hidden = !column;
    let up, down, rows = [];
    const pairs = { up: [], down: [] };
    if (column) {
      const own = columnId(key, column);
      const ups = reached(own, (id) => before.get(id)), downs = reached(own, (id) => after.get(id));
      rows = [[own, "self"], ...[...ups].map((id) => [id, "up"]), ...[...downs].map((id) => [id, "down"])];
      const keys = (ids) => new Set([...ids].map((id) => JSON.parse(id)[0]).filter((one) => one !== key));
      [up, down] = [keys(ups), keys(downs)];
      for (const id of [own, ...ups]) for (const input of before.get(id) || []) pairs.up.push([input, id]);
      for (const id of [own, ...downs]) for (const reader of after.get(id) || []) pairs.down.push([id, reader]);
      listed(box, "Upstream columns of " + column, "up", ups);
      listed(box, "Downstream columns of " + column, "down", downs);
    } else {
      up = reached(key, (one) => byKey.get(one)?.reads);
      down = reached(key, (one) => readers.get(one));
    }
    for (const picture of pictures.values()) picture.light(key, up, down, rows, pairs);
    return [...up, ...down];
  }
  function listed(box, title, word, ids) {
    const line = document.createElement("p"), head = document.createElement("b");
    head.textContent = `${title}: `;
    head.className = word;
    line.append(head, ids.size ? "" : "none");
    [...ids].forEach((id, number) => {
      const [key, column] = JSON.parse(id), link = document.createElement("a");
      link.href = address(key, column);
      link.textContent = `${key}.${column}`;
      line.append(number ? ", " : "", link);
    });
    box.append(line);
  }
  function close() {
    const name = (shownView() || views[0]).id, picture = pictures.get(name);
    const box = picture && picture.boxes.get(open);
    location.hash = "/" + name;
    select("", "");
    if (box) box.focus({ preventScroll: true });
  }
  $("close").addEventListener("click", close);

  // -- deep links: #model, #model.column, #/view

  function decoded(text) { try { return decodeURIComponent(text); } catch { return text; } }
  function target(hash) {
    const known = (text) => byKey.get(text) || byName.get(text);
    const whole = known(decoded(hash));
    if (whole) return [whole.key, ""];
    for (let at = hash.indexOf("."); at >= 0; at = hash.indexOf(".", at + 1)) {
      const model = known(decoded(hash.slice(0, at))), column = decoded(hash.slice(at + 1));
      if (model && model.columns.some(([name]) => name === column)) return [model.key, column];
    }
    return ["", ""];
  }
  function follow() {
    const hash = location.hash.slice(1);
    if (hash.startsWith("/")) { show(hash.slice(1)); if (open) select("", ""); return; }
    if (!shownView()) show("");
    const [key, column] = target(hash);
    select(key, column);
  }
  addEventListener("hashchange", follow);

  // -- search

  const search = $("search"), results = $("results");
  let found = [], at = 0;
  function hits(words) {
    const wanted = words.toLowerCase().trim();
    if (!wanted) return [];
    const rank = (name) => { const place = name.toLowerCase().indexOf(wanted); return place < 0 ? 9 : name.length === wanted.length ? 0 : place ? 2 : 1; };
    const every = [];
    for (const model of models) {
      const own = Math.min(rank(model.key), rank(model.name));
      if (own < 9) every.push([own, model.key, "", `${model.layer}${model.text ? ": " + model.text : ""}`]);
      else if (model.text.toLowerCase().includes(wanted)) every.push([5, model.key, "", model.text]);
      for (const [column] of model.columns) {
        const its = Math.min(rank(column), rank(`${model.key}.${column}`) + 1);
        if (its < 9) every.push([its + 2.5, model.key, column, `column of ${model.key}`]);
      }
    }
    return every.sort((a, b) => a[0] - b[0]).slice(0, 40);
  }
  function offer() {
    found = hits(search.value);
    at = 0;
    results.replaceChildren(...found.map(([, key, column, note], number) => {
      const item = document.createElement("li"), more = document.createElement("small");
      item.id = `found-${number}`;
      item.setAttribute("role", "option");
      item.textContent = column || key;
      more.textContent = note;
      item.append(more);
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); take(number); });
      return item;
    }));
    mark();
  }
  function mark() {
    const shown = found.length > 0;
    results.hidden = !shown;
    search.setAttribute("aria-expanded", String(shown));
    [...results.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
    if (!shown) { search.removeAttribute("aria-activedescendant"); return; }
    search.setAttribute("aria-activedescendant", `found-${at}`);
    results.children[at].scrollIntoView({ block: "nearest" });
  }
  function take(number) {
    const [, key, column] = found[number];
    found = [];
    search.value = "";
    mark();
    go(key, column);
    setTimeout(() => { const article = details.querySelector("article"); if (article) article.focus({ preventScroll: true }); });
  }
  search.addEventListener("input", offer);
  search.addEventListener("blur", () => { found = []; mark(); });
  search.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) { event.preventDefault(); at = (at + step + found.length) % found.length; mark(); }
    else if (event.key === "Enter" && found.length) { event.preventDefault(); take(at); }
    else if (event.key === "Escape") { event.stopPropagation(); search.value = ""; found = []; mark(); }
  });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest && event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing) { event.preventDefault(); search.focus(); }
    else if (event.key === "Escape" && !details.hidden) close();
  });

  // -- filters of the claims

  const claims = all("#claim-rows tr").map((row) => [row, row.textContent.toLowerCase()]);
  function filter() {
    const [text, kind, state] = filters.map((field) => field ? field.value : "");
    let count = 0;
    for (const [row, words] of claims) {
      const fits = words.includes(text.toLowerCase()) && (!kind || row.dataset.kind === kind) && (!state || row.dataset.state === state);
      row.hidden = !fits;
      count += fits;
    }
    $("claim-count").textContent = `${count} of ${claims.length}`;
  }
  const filters = ["claim-text", "claim-kind", "claim-state"].map($);
  for (const field of filters) if (field) field.addEventListener("input", filter);
  document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());

  // -- theme

  const themes = ["system", "light", "dark"];
  function paint(theme) {
    if (theme === "system") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = theme;
    $("theme").textContent = `Theme: ${theme}`;
  }
  $("theme").addEventListener("click", () => {
    const now = document.documentElement.dataset.theme || "system";
    const next = themes[(themes.indexOf(now) + 1) % themes.length];
    paint(next);
    try { localStorage.setItem("erd2dbt-theme", next); } catch { /* a page without storage */ }
  });
  try { paint(localStorage.getItem("erd2dbt-theme") || "system"); } catch { paint("system"); }

  show("");
  follow();
})();
