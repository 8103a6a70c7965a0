import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const path = (relative: string) => new URL(relative, import.meta.url).pathname

/** The Studio: static files in dist/studio that the server serves under /studio/. */
export default defineConfig(({ mode }) => ({
  // Vitest reads this file when it finds no config of its own; its root is the package.
  root: mode === 'test' ? path('.') : path('src/studio'),
  base: '/studio/',
  plugins: [react(), tailwindcss()],
  build: {
    outDir: path('dist/studio'),
    emptyOutDir: true,
    target: 'es2024',
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    // The policy of the page has no `data:` scripts or fonts; small icons may be inlined as images.
    assetsInlineLimit: 2048,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' as const },
  server: { proxy: { '/v1': 'http://127.0.0.1:8000', '/api': 'http://127.0.0.1:8000' } },
}))
