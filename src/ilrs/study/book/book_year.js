// The year as charts on one time axis: drag to move, wheel or pinch to zoom, double click to reset.
(() => {
  const year = book.payload.year;
  const home = document.getElementById("year-charts");
  const end = year.start_ms + year.count * year.step_ms;
  const LEFT = 46, LANE = 15, FOOT = 20, SHORTEST = 6 * Math.max(year.step_ms, 6e5);
  const view = { from: year.start_ms, to: end };
  let instant = null, queued = false;

  const lanes = {
    key: "lane.title", unit: "", lanes: true, height: year.lanes.length * (LANE + 4) + FOOT + 4,
    series: year.lanes,
  };
  const panels = [lanes, ...year.panels].map((panel) => build(panel));

  function make(name, className, parent) {
    const node = document.createElement(name);
    if (className) node.className = className;
    parent.append(node);
    return node;
  }

  function build(panel) {
    const series = panel.series.map((one) => ({ ...one, values: book.unpack(one) }));
    const head = make("div", "chart-head", home);
    const title = make("strong", "", head);
    const entries = series.map((one) => {
      const entry = make("span", "entry", head);
      const swatch = make("span", "swatch", entry);
      const name = make("span", "", entry);
      return { one, swatch, name, value: make("b", "", entry) };
    });
    const canvas = make("canvas", "", home);
    canvas.style.height = `${panel.height}px`;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    const least = Math.min(0, ...series.map((one) => one.lo));
    const most = panel.top ?? Math.max(...series.map((one) => one.hi)) * 1.04;
    return { ...panel, series, title, entries, canvas, least, most: most > least ? most : least + 1 };
  }

  // Round steps: 1, 2 or 5 times a power of ten.
  function spacing(width, count) {
    const raw = width / count, power = 10 ** Math.floor(Math.log10(raw));
    return [1, 2, 5, 10].find((times) => times * power >= raw) * power;
  }

  function dates() {
    const days = (view.to - view.from) / 864e5, marks = [];
    if (days > 70) {
      const every = days > 800 ? 12 : 1, first = new Date(view.from);
      for (let k = -first.getUTCMonth() % every; k < 1300; k += every) {
        const ms = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + k, 1);
        if (ms > view.to) break;
        if (ms >= view.from) marks.push([ms, book.utc(ms).slice(0, days > 800 ? 4 : 7)]);
      }
      return marks;
    }
    const hour = 36e5, every = [1, 3, 6, 12, 24, 48, 120, 240].find((h) => (view.to - view.from) / (h * hour) < 11) * hour;
    for (let ms = Math.ceil(view.from / every) * every; ms < view.to; ms += every)
      marks.push([ms, every < 24 * hour ? book.utc(ms).slice(5) : book.utc(ms).slice(5, 10)]);
    return marks;
  }

  // Mean, least and greatest of the samples behind each pixel: no peak is lost at any zoom.
  function columns(values, width) {
    const perPixel = (view.to - view.from) / year.step_ms / width;
    const first = (view.from - year.start_ms) / year.step_ms;
    return Array.from({ length: width + 1 }, (_, px) => {
      const a = Math.max(0, Math.floor(first + px * perPixel));
      const b = Math.min(values.length, Math.max(a + 1, Math.floor(first + (px + 1) * perPixel)));
      let low = Infinity, high = -Infinity, sum = 0, known = 0;
      for (let k = a; k < b; k++) {
        if (Number.isNaN(values[k])) continue;
        low = Math.min(low, values[k]);
        high = Math.max(high, values[k]);
        sum += values[k];
        known++;
      }
      return { low, high, mean: sum / known, known };
    });
  }

  function draw(panel) {
    const ratio = devicePixelRatio || 1, width = panel.canvas.clientWidth, height = panel.height;
    if (!width) return;
    panel.canvas.width = width * ratio;
    panel.canvas.height = height * ratio;
    const pen = panel.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.font = "12px system-ui, sans-serif";
    const inner = { left: LEFT, width: width - LEFT, floor: height - FOOT };
    const x = (ms) => inner.left + ((ms - view.from) / (view.to - view.from)) * inner.width;
    const y = (value) => 6 + (1 - (value - panel.least) / (panel.most - panel.least)) * (inner.floor - 6);
    axis(pen, panel, inner, x, y);
    pen.save();
    pen.beginPath();
    pen.rect(inner.left, 0, inner.width, height);
    pen.clip();
    panel.series.forEach((one, row) => (panel.lanes ? lane(pen, one, row, inner) : curve(pen, one, inner, y)));
    if (instant !== null) {
      pen.fillStyle = book.colour("ink");
      pen.fillRect(Math.round(x(instant)), 0, 1, inner.floor);
    }
    pen.restore();
  }

  function axis(pen, panel, inner, x, y) {
    pen.fillStyle = book.colour("quiet");
    pen.strokeStyle = book.colour("rule");
    pen.lineWidth = 1;
    pen.beginPath();
    let free = -Infinity;
    pen.textAlign = "center";
    for (const [ms, text] of dates()) {
      const at = Math.round(x(ms)) + 0.5, half = pen.measureText(text).width / 2;
      pen.moveTo(at, 0);
      pen.lineTo(at, inner.floor);
      if (at - half < free || at + half > inner.left + inner.width) continue;
      pen.fillText(text, at, inner.floor + 15);
      free = at + half + 14;
    }
    pen.textAlign = "right";
    if (!panel.lanes) {
      const every = spacing(panel.most - panel.least, inner.floor / 42);
      for (let k = Math.ceil(panel.least / every); k * every <= panel.most; k++) {
        const at = Math.round(y(k * every)) + 0.5;
        pen.moveTo(inner.left, at);
        pen.lineTo(inner.left + inner.width, at);
        pen.fillText(String(+(k * every).toPrecision(6)).replace("-", "−"), inner.left - 6, at + 4);
      }
    }
    pen.stroke();
  }

  function lane(pen, one, row, inner) {
    const top = 4 + row * (LANE + 4);
    pen.fillStyle = book.colour("panel");
    pen.fillRect(inner.left, top, inner.width, LANE);
    pen.fillStyle = book.colour(one.colour);
    const values = columns(one.values, Math.round(inner.width));
    values.forEach(({ mean }, px) => {
      if (!(mean > 0)) return;
      pen.globalAlpha = 0.2 + 0.8 * Math.min(1, mean);
      pen.fillRect(inner.left + px, top, 1, LANE);
    });
    pen.globalAlpha = 1;
  }

  function curve(pen, one, inner, y) {
    const values = columns(one.values, Math.round(inner.width));
    pen.fillStyle = pen.strokeStyle = book.colour(one.colour);
    pen.lineWidth = one.width ?? 1.2;
    const upright = (px, a, b) => pen.fillRect(inner.left + px, Math.min(y(a), y(b)), 1, Math.abs(y(a) - y(b)));
    pen.globalAlpha = 0.24;
    values.forEach(({ low, high, mean, known }, px) => {
      if (!known) return;
      upright(px, low, high);
      if (one.fill) upright(px, 0, mean);
    });
    pen.globalAlpha = 1;
    pen.beginPath();
    let drawn = false;
    values.forEach(({ mean, known }, px) => {
      if (known && drawn) pen.lineTo(inner.left + px, y(mean));
      if (known && !drawn) pen.moveTo(inner.left + px, y(mean));
      drawn = known > 0;
    });
    pen.stroke();
  }

  function told(value, digits = 3) {
    if (!Number.isFinite(value)) return "–";
    return String(+value.toPrecision(digits)).replace("-", "−");
  }

  function heads() {
    const k = instant === null ? -1 : Math.floor((instant - year.start_ms) / year.step_ms);
    for (const panel of panels) {
      panel.title.textContent = book.say(panel.key) + (panel.unit ? `, ${panel.unit}` : "");
      panel.canvas.setAttribute("aria-label", `${book.say(panel.key)}: ${book.say("year.table_below")}`);
      for (const { one, swatch, name, value } of panel.entries) {
        swatch.style.color = `var(--${one.colour})`;
        name.textContent = book.say(one.key);
        const known = k >= 0 && k < year.count;
        value.textContent = !known ? "" : panel.lanes ? `${Math.round(100 * one.values[k])} %` : `${told(one.values[k])} ${panel.unit}`;
      }
    }
    status.textContent = instant === null ? book.say("year.how") : `${book.utc(instant)} UTC`;
  }

  function redraw() {
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => {
      queued = false;
      heads();
      panels.forEach(draw);
    });
  }

  function look(from, to) {
    const width = Math.min(Math.max(to - from, SHORTEST), end - year.start_ms);
    view.from = Math.min(Math.max(from, year.start_ms), end - width);
    view.to = view.from + width;
    redraw();
  }
  const zoom = (factor, at) => look(at - (at - view.from) * factor, at + (view.to - at) * factor);
  const middle = () => (view.from + view.to) / 2;

  // Buttons for those without wheel or touch.
  const bar = document.createElement("div");
  bar.className = "chart-bar";
  const actions = [["+", () => zoom(0.5, middle()), "year.in"], ["−", () => zoom(2, middle()), "year.out"], ["", () => look(year.start_ms, end), "year.reset"]];
  const buttons = actions.map(([sign, act, key]) => {
    const button = make("button", "", bar);
    button.type = "button";
    button.addEventListener("click", act);
    return { button, sign, key };
  });
  const status = make("output", "", bar);
  home.prepend(bar);
  const names = () => buttons.forEach(({ button, sign, key }) => {
    button.textContent = sign || book.say(key);
    button.setAttribute("aria-label", book.say(key));
  });

  function hand(canvas) {
    const fingers = new Map();
    const time = (event) => {
      const box = canvas.getBoundingClientRect();
      return view.from + ((event.clientX - box.left - LEFT) / (box.width - LEFT)) * (view.to - view.from);
    };
    canvas.addEventListener("wheel", (event) => {
      // The wheel scrolls the page until the chart was clicked (or with ctrl): no trap on the way.
      if (!event.ctrlKey && document.activeElement !== canvas) return;
      event.preventDefault();
      zoom(Math.exp(Math.sign(event.deltaY) * 0.18), time(event));
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      fingers.set(event.pointerId, event.clientX);
      canvas.setPointerCapture(event.pointerId);
      canvas.focus({ preventScroll: true });
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return book.point(Math.min(Math.max(time(event), year.start_ms), end - 1), "year");
      const before = [...fingers.values()];
      fingers.set(event.pointerId, event.clientX);
      const after = [...fingers.values()], perPixel = (view.to - view.from) / (canvas.clientWidth - LEFT);
      if (after.length === 1) look(view.from - (after[0] - before[0]) * perPixel, view.to - (after[0] - before[0]) * perPixel);
      else zoom(Math.abs(before[0] - before[1]) / Math.max(Math.abs(after[0] - after[1]), 1), time(event));
    });
    for (const name of ["pointerup", "pointercancel"])
      canvas.addEventListener(name, (event) => fingers.delete(event.pointerId));
    canvas.addEventListener("dblclick", () => look(year.start_ms, end));
    canvas.addEventListener("keydown", (event) => {
      const step = (view.to - view.from) / 8;
      const acts = {
        ArrowLeft: () => look(view.from - step, view.to - step), ArrowRight: () => look(view.from + step, view.to + step),
        "+": () => zoom(0.5, middle()), "-": () => zoom(2, middle()), 0: () => look(year.start_ms, end),
      };
      if (!acts[event.key]) return;
      event.preventDefault();
      acts[event.key]();
    });
  }

  panels.forEach(({ canvas }) => hand(canvas));
  document.addEventListener("instant", ({ detail }) => ((instant = detail.ms), redraw()));
  document.addEventListener("theme", redraw);
  document.addEventListener("language", () => (names(), redraw()));
  addEventListener("beforeprint", () => panels.forEach(draw));
  new ResizeObserver(redraw).observe(home);
  names();
  redraw();
})();
