import { useSyncExternalStore } from 'react'

const DARK = '(prefers-color-scheme: dark)'

/** Which theme the page is in; for what is painted and does not follow the variables by itself. */
export function useTheme(): 'light' | 'dark' {
  return useSyncExternalStore(subscribe, read)
}

function read(): 'light' | 'dark' {
  const { theme } = document.documentElement.dataset
  if (theme === 'light' || theme === 'dark') return theme
  return matchMedia(DARK).matches ? 'dark' : 'light'
}

function subscribe(listener: () => void): () => void {
  const list = matchMedia(DARK)
  const observer = new MutationObserver(listener)
  list.addEventListener('change', listener)
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  return () => {
    list.removeEventListener('change', listener)
    observer.disconnect()
  }
}
