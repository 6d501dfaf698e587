/**
 * Sounds while a call waits for somebody, on pages that hear the floor.
 *
 * Off until somebody at this screen switches it on, and kept for this screen alone. Browsers let a
 * page be loud only after a gesture on it: until then the button says what is needed.
 */

const CRITICAL_EVERY_MS = 2_000;
const OTHERS_EVERY_MS = 10_000;
const WORDS = { off: "Sound: off", on: "Sound: on", blocked: "Sound: touch the page to allow it" };

const button = document.querySelector("main[data-live]") && document.querySelector("[data-sound]");

let context = null;
let wanted = stored();
let soundedAt = 0;

/** A browser that refuses storage forgets the choice with the page. */
function stored() {
  try {
    return localStorage.getItem("sound") === "on";
  } catch {
    return false;
  }
}

function keep() {
  try {
    localStorage.setItem("sound", wanted ? "on" : "off");
  } catch {
    // The choice then lasts as long as the page.
  }
}

const state = () => (!wanted ? "off" : context?.state === "running" ? "on" : "blocked");

function label() {
  button.textContent = WORDS[state()];
  button.setAttribute("aria-pressed", String(wanted));
}

/** Only a gesture may succeed here; elsewhere the browser keeps it waiting. */
async function allow() {
  context ??= new AudioContext();
  context.onstatechange = label;
  await context.resume();
}

function beep(pitch, after) {
  const [tone, volume, at] = [context.createOscillator(), context.createGain(), context.currentTime + after];
  tone.type = "square";
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0.12, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.25);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + 0.25);
}

/** Until every call is acknowledged: a sound that plays once is forgotten. */
function sound() {
  const waiting = [...document.querySelectorAll("[data-alarms-list] > .alarm:not(.taken, .beyond)")];
  const critical = waiting.some((item) => item.classList.contains("critical"));
  const due = Date.now() - soundedAt >= (critical ? CRITICAL_EVERY_MS : OTHERS_EVERY_MS);
  if (state() !== "on" || !waiting.length || !due) return;
  soundedAt = Date.now();
  beep(critical ? 880 : 660, 0);
  if (critical) beep(660, 0.3);
  document.dispatchEvent(new CustomEvent("alarm:sounded", { detail: { critical } }));
}

if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    wanted = state() === "blocked" || !wanted;
    keep();
    if (wanted) allow();
    label();
  });
  for (const gesture of ["pointerdown", "keydown"]) {
    document.addEventListener(gesture, (event) => {
      if (state() === "blocked" && event.target !== button) allow();
    });
  }
  if (wanted) allow();
  label();
  setInterval(sound, 500);
}
