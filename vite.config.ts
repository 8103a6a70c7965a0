import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** The Studio: static files in dist/studio that the server serves under /studio/. */
export default defineConfig({
  root: path('src/studio'),
  base: '/studio/',
  plugins: [react(), tailwindcss()],
  build: {
    outDir: path('dist/studio'),
    emptyOutDir: true,
    target: 'es2024',
    // Browsers that know light-dark(): the two themes then stay one set of names.
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 2048,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  server: { proxy: { '/v1': 'http://127.0.0.1:8000', '/api': 'http://127.0.0.1:8000' } },
})
