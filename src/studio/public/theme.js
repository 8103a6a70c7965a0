// Runs before the first paint, as a file of its own because the page's policy forbids inline scripts.
try {
  const theme = localStorage.getItem('countersign.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage may be blocked: the system's theme then stands.
}
