// The theme someone chose, before the first paint. Without a choice the system's holds.
try {
  const theme = localStorage.getItem("mycel.theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the page works without a memory.
}
