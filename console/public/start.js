// What is done before the app is there, which takes a cheap phone a while to read.
(() => {
  // Nobody is dazzled by the other theme first, nor sees other colours.
  const chosen = localStorage.getItem("theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.classList.toggle("dark", dark);
  const look = JSON.parse(localStorage.getItem("look") ?? "{}");
  for (const [name, value] of Object.entries(look.properties ?? {})) {
    document.documentElement.style.setProperty(name, value);
  }

  // What the first page is going to ask is on its way meanwhile: `src/api/client.ts` takes these answers. Who comes to
  // any other page for the first time may have come to sign in.
  const known = JSON.parse(localStorage.getItem("me") ?? "null");
  const isStart = location.pathname === "/";
  if (!known && !isStart) return;
  window.asked = new Map();
  const me = ask("/api/auth/me");
  if (!isStart) return;
  if (known) askDay(known);
  else me.then(async answer => answer.ok && askDay((await answer.clone().json()).data)).catch(() => undefined);

  function askDay({ role }) {
    if (role !== "SUPERVISOR") ask("/api/repayments/officer-day");
  }

  function ask(path) {
    const answer = fetch(path, { headers: { Accept: "application/json", "X-Requested-With": "console" } });
    // Whoever takes it hears of what went wrong.
    answer.catch(() => undefined);
    window.asked.set(path, answer);
    return answer;
  }
})();
