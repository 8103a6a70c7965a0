import type { Socket } from 'node:net'
import type { App } from './route.ts'

/**
 * Closing ends connections on which nothing was ever asked: browsers open some ahead, Node does not count them as idle
 * and would wait until their headers are overdue.
 */
export function endUnusedConnections(app: App): void {
  const unused = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }) => unused.delete(socket))
  app.addHook('preClose', async () => {
    for (const socket of unused) socket.destroy()
  })
}
