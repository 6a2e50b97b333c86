"use strict";

const byId = (id) => document.getElementById(id);
const typing = (element) =>
  element.isContentEditable || /^(TEXTAREA|SELECT)$/.test(element.tagName) ||
  (element.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test(element.type));

/* ---- live parts: a part that a person works in is left alone ---- */
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.elt;
  const busy = document.hidden || part.querySelector("input:checked") || part.contains(document.activeElement);
  if (part.matches("#queue, #calendar, #accounts") && busy) event.preventDefault();
  if (part.id === "state" && document.hidden) event.preventDefault();
});
document.addEventListener("htmx:afterSwap", () => {
  const state = byId("state");
  const article = document.querySelector(".reel");
  if (!state || !article) return;
  article.dataset.shown = article.dataset.shown || state.dataset.shown;
  const fresh = state.querySelector(".fresh");
  if (fresh) fresh.hidden = state.dataset.shown === article.dataset.shown;
  announce();
});
/* htmx swaps the element that asked; what it stood for before is remembered here. */
function announce() {
  const state = byId("state");
  document.querySelectorAll("[data-while-open]").forEach((part) => {
    part.hidden = !state.classList.contains("open");
  });
}
const article = document.querySelector(".reel");
if (article && byId("state")) article.dataset.shown = byId("state").dataset.shown;

/* ---- the queue: how many are picked ---- */
document.addEventListener("change", (event) => {
  if (!event.target.matches(".pick input")) return;
  const count = document.querySelectorAll(".pick input:checked").length;
  byId("picked").textContent = `${count} selected`;
});

/* ---- the player ---- */
const video = byId("video");
if (video) {
  const seek = byId("seek");
  const play = byId("play");
  const phone = byId("phone");
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  video.controls = false;
  byId("player").hidden = false;
  phone.classList.add("enhanced");
  const toggle = () => (video.paused ? video.play().catch(() => {}) : video.pause());
  const show = () => {
    if (document.activeElement !== seek || !video.paused) seek.value = video.currentTime;
    byId("time").textContent = `${clock(video.currentTime)} / ${clock(video.duration || Number(seek.max))}`;
    seek.setAttribute("aria-valuetext", `${clock(video.currentTime)} of ${clock(video.duration || Number(seek.max))}`);
    const playing = !video.paused;
    play.classList.toggle("is-playing", playing);
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
  };
  play.addEventListener("click", toggle);
  video.addEventListener("click", toggle);
  seek.addEventListener("input", () => { video.currentTime = Number(seek.value); });
  for (const name of ["timeupdate", "play", "pause", "loadedmetadata", "seeked"]) video.addEventListener(name, show);
  video.addEventListener("loadedmetadata", () => { seek.max = video.duration; });
  byId("sound").addEventListener("click", (event) => {
    video.muted = !video.muted;
    event.currentTarget.setAttribute("aria-pressed", String(!video.muted));
  });
  byId("overlay").addEventListener("click", (event) => {
    const shown = phone.classList.toggle("bare");
    event.currentTarget.setAttribute("aria-pressed", String(!shown));
  });
  show();
}

/* ---- captions: the picked one stands in the phone ---- */
document.addEventListener("change", (event) => {
  if (event.target.name !== "revision") return;
  const words = document.querySelector(`[data-caption="${event.target.value}"]`);
  if (words) byId("ig-caption").textContent = words.textContent;
});

/* ---- editing: counts as one types, and the cover from the player ---- */
document.addEventListener("input", (event) => {
  if (!("counted" in event.target.dataset)) return;
  const form = event.target.form;
  const tags = form.elements.hashtags.value.trim().split(/\s+/).filter(Boolean);
  const text = [form.elements.caption.value.trim(), tags.join(" ")].filter(Boolean).join("\n\n");
  const count = [...text].length;
  const counter = form.querySelector(".counter");
  counter.textContent = `${count.toLocaleString("en")} / 2,200 characters, ${tags.length} hashtags`;
  counter.classList.toggle("over", count > 2200 || tags.length < 10 || tags.length > 15);
});
document.querySelectorAll(".take-cover").forEach((button) => {
  button.hidden = !video;
  button.addEventListener("click", () => {
    button.form.elements.cover_seconds.value = video.currentTime.toFixed(1);
  });
});

/* ---- one click is one decision ---- */
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
  event.target.classList.add("sending");
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.classList.remove("sending");
  });
});

/* ---- keyboard ---- */
const open = (id) => {
  const panel = byId(id);
  if (!panel) return false;
  panel.open = true;
  const field = panel.querySelector("textarea, input:not([type=hidden]), button");
  panel.scrollIntoView({ block: "nearest" });
  if (field) field.focus();
  return true;
};
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link && link.id === "to-edit") { if (open(editPanel())) event.preventDefault(); return; }
  if (link && link.id.startsWith("to-") && open(link.getAttribute("href").slice(1))) event.preventDefault();
});
function editPanel() {
  const picked = document.querySelector("#decide input[name=revision]:checked");
  return `edit-${picked ? picked.dataset.letter : "A"}`;
}
function alongGrid(key) {
  const posters = [...document.querySelectorAll(".card .poster")];
  if (!posters.length) return false;
  const at = posters.indexOf(document.activeElement.closest(".card")?.querySelector(".poster"));
  const row = posters.filter((one) => one.offsetTop === posters[0].offsetTop && one.getBoundingClientRect().top === posters[0].getBoundingClientRect().top).length || 1;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row }[key];
  const next = posters[at < 0 ? 0 : Math.min(Math.max(at + step, 0), posters.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}
function alongQueue(key) {
  const url = { ArrowLeft: article.dataset.before, ArrowRight: article.dataset.after }[key];
  if (!url) return false;
  window.location.assign(url);
  return true;
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target;
  if (event.key === "Escape") {
    const panel = target.closest("details[open]");
    if (panel) { panel.open = false; panel.querySelector("summary").focus(); }
    return;
  }
  if (typing(target) || target.type === "radio") return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  let done = false;
  if (key.startsWith("Arrow")) done = article ? alongQueue(key) : alongGrid(key);
  else if (key === "a" && byId("approve")) { byId("approve").focus(); byId("approve").scrollIntoView({ block: "nearest" }); done = true; }
  else if (key === "r") done = open("reject");
  else if (key === "e") done = open(editPanel());
  else if (key === "x" && target.closest(".card")) { target.closest(".card").querySelector(".pick input")?.click(); done = true; }
  else if (key === " " && video && !/^(BUTTON|A|SUMMARY|INPUT)$/.test(target.tagName)) { byId("play").click(); done = true; }
  if (done) event.preventDefault();
});

const today = document.querySelector(".calendar .today");
if (today) today.closest(".calendar").scrollLeft = today.offsetLeft + today.offsetWidth - today.closest(".calendar").clientWidth;

const notice = byId("notice");
if (notice) notice.focus();
