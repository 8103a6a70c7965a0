import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyReply } from 'fastify'
import type { Chains } from '../web3/chains.ts'
import type { HttpContext } from './http-context.ts'
import type { App } from './route.ts'

/**
 * The page approves payments: no foreign script, no frame around it. It speaks to this server and to nobody else, save the
 * devnet, where its wallet for trying things out signs.
 */
const pageHeaders = (chains: Chains) => {
  const devnets = chains.supported().flatMap((chainId) => chains.devnetUrlOf(chainId) ?? [])
  const connect = ["'self'", ...devnets.map((url) => new URL(url).origin)].join(' ')
  return {
    'content-security-policy': `default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src ${connect}; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
    'cross-origin-opener-policy': 'same-origin',
    'x-frame-options': 'DENY',
  }
}

const BUILDING_PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="1">
<title>Countersign</title><style>body{font:16px system-ui;margin:4rem auto;max-width:40rem;color-scheme:light dark}</style>
<h1>The Studio is being built</h1><p>This takes a few seconds after the first start; the page then opens by itself. The API answers already: <a href="/docs">/docs</a>.</p></html>`

/** The web UI under `/studio/`: its built files, and its page for every path of its own. */
export async function serveStudio(app: App, { studio, copilot: { chains } }: HttpContext): Promise<void> {
  const assets = join(studio.directory, 'assets')
  // The build may still be under way; the folder has to be there to be served from.
  mkdirSync(studio.directory, { recursive: true })
  await app.register(fastifyStatic, {
    root: studio.directory,
    prefix: '/studio/',
    serve: false,
    decorateReply: true,
  })

  const sendPage = (reply: FastifyReply) => {
    reply.headers(pageHeaders(chains))
    if (existsSync(join(studio.directory, 'index.html')))
      return reply
        .header('cache-control', 'no-cache')
        .sendFile('index.html', studio.directory, { cacheControl: false })
    return reply
      .code(503)
      .header('retry-after', '1')
      .type('text/html; charset=utf-8')
      .serializer(String)
      .send(BUILDING_PAGE as never)
  }
  const hidden = { config: { public: true, unlimited: true }, schema: { hide: true } } as const
  // Both spellings come here: without its slash the page's relative addresses would lead elsewhere.
  app.get('/studio', hidden, (request, reply) =>
    request.url.split('?')[0] === '/studio' ? reply.redirect('/studio/') : sendPage(reply),
  )
  app.get('/studio/*', hidden, (request, reply) => {
    const path = (request.params as { '*': string })['*']
    // Built files carry a hash in their name and never change.
    if (path.startsWith('assets/')) {
      return reply
        .headers(pageHeaders(chains))
        .sendFile(path.slice('assets/'.length), assets, { maxAge: '1y', immutable: true })
    }
    if (/^[\w-]+\.(js|css|svg|png|ico|webmanifest|txt)$/.test(path)) {
      return reply
        .headers(pageHeaders(chains))
        .header('cache-control', 'no-cache')
        .sendFile(path, studio.directory, { cacheControl: false })
    }
    return sendPage(reply)
  })
}
