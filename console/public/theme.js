// Before anything is painted, so that nobody is dazzled by the other theme first, nor sees other colours.
(() => {
  const chosen = localStorage.getItem("theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.classList.toggle("dark", dark);
  const look = JSON.parse(localStorage.getItem("look") ?? "{}");
  for (const [name, value] of Object.entries(look.properties ?? {})) {
    document.documentElement.style.setProperty(name, value);
  }
})();
