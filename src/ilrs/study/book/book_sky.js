// The panorama comes alive: the discs of Sun and Earth at an instant, the skyline under the finger.
(() => {
  const sky = book.payload.sky;
  const picture = document.getElementById("panorama");
  const group = document.getElementById("sky-discs");
  const slide = document.getElementById("sky-date");
  const readout = document.getElementById("sky-readout");
  const play = document.getElementById("sky-play");
  const scale = Object.fromEntries(Object.entries(picture.dataset).map(([key, text]) => [key, +text]));
  const perAzimuth = (scale.width - scale.left - scale.right) / 360;
  const perElevation = scale.sky / (scale.high - scale.low);
  const series = {};
  for (const name of ["sun_azimuth_deg", "sun_elevation_deg", "earth_azimuth_deg", "earth_elevation_deg", "light", "distance_m"])
    series[name] = book.unpack(sky[name]);
  const horizon = sky.horizon.map(book.unpack);
  const show = (value, digits = 1) => value.toFixed(digits).replace("-", "−");

  function disc(fill, glow) {
    const shape = document.createElementNS("http://www.w3.org/2000/svg", "ellipse");
    shape.setAttribute("class", "disc");
    shape.setAttribute("fill", fill);
    shape.style.filter = `drop-shadow(0 0 6px ${glow})`;
    group.append(shape);
    return shape;
  }
  const earth = disc("#8ecbff", "#5fb0ff");
  const sun = disc("#fff1c2", "#ffb52e");

  function place(shape, azimuth, elevation, radius) {
    shape.setAttribute("cx", scale.left + azimuth * perAzimuth);
    shape.setAttribute("cy", scale.top + (scale.high - elevation) * perElevation);
    shape.setAttribute("rx", Math.max(radius * perAzimuth, 2));
    shape.setAttribute("ry", Math.max(radius * perElevation, 2));
    shape.setAttribute("opacity", elevation < scale.low ? 0 : 1);
  }

  function draw(index) {
    const k = Math.max(0, Math.min(sky.count - 1, index));
    place(sun, series.sun_azimuth_deg[k], series.sun_elevation_deg[k], sky.sun_radius_deg);
    place(earth, series.earth_azimuth_deg[k], series.earth_elevation_deg[k], sky.earth_radius_deg);
    slide.value = k;
    readout.textContent = book.say("sky.readout", {
      date: book.utc(sky.start_ms + k * sky.step_ms),
      azimuth: show(series.sun_azimuth_deg[k]),
      elevation: show(series.sun_elevation_deg[k], 2),
      light: Math.round(100 * series.light[k]),
    });
  }

  slide.max = sky.count - 1;
  slide.addEventListener("input", () => book.point(sky.start_ms + slide.value * sky.step_ms, "sky"));
  document.addEventListener("instant", ({ detail }) => draw(Math.round((detail.ms - sky.start_ms) / sky.step_ms)));
  document.addEventListener("language", () => draw(+slide.value));

  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    const azimuth = (((event.clientX - box.left) / box.width) * scale.width - scale.left) / perAzimuth;
    if (azimuth < 0 || azimuth >= 360) return;
    const k = Math.floor((azimuth / 360) * horizon[0].length);
    readout.textContent = book.say("sky.skyline", {
      azimuth: show(azimuth, 0),
      heights: horizon.map((row, m) => `${show(row[k], 2)}° (${sky.masts_m[m]} m)`).join(", "),
      distance: show(series.distance_m[k] / 1000),
    });
  });
  picture.addEventListener("pointerleave", () => draw(+slide.value));

  // A month of Sun in about ten seconds; only when asked for.
  let playing = 0;
  function step() {
    const hours = Math.max(1, Math.round(1.2 * 3.6e6 / sky.step_ms));
    book.point(sky.start_ms + ((+slide.value + hours) % sky.count) * sky.step_ms, "sky");
    playing = requestAnimationFrame(step);
  }
  play.addEventListener("click", () => {
    if (playing) cancelAnimationFrame(playing);
    playing = playing ? 0 : requestAnimationFrame(step);
    play.textContent = playing ? "❚❚" : "▶";
  });
  draw(0);
})();
