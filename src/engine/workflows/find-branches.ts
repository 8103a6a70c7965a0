import type { Graph } from './graph.ts'

/**
 * Where a graph is no chain, which a linear workflow is: one way leads on from each node, one way leads to each, and
 * none leads back.
 */
export function findBranches({
  definition: { entry, nodes, edges },
}: Graph): { path: string; message: string }[] {
  const branches: { path: string; message: string }[] = []
  const nextOf = new Map<string, string>()
  const beforeOf = new Map<string, string>()
  const follow = (path: string, from: string, to: string) => {
    const [next = to, before = from] = [nextOf.get(from), beforeOf.get(to)]
    const got =
      next !== to
        ? `'${from}' leads to '${to}' besides '${next}'`
        : before !== from
          ? `'${from}' leads to '${to}', and so does '${before}'`
          : to === entry && `'${from}' leads back to the entry '${to}'`
    if (got) {
      const message = `expected a chain, as the workflow is linear, got a branch: ${got}; for more than a chain its type is 'graph'`
      branches.push({ path, message })
      return
    }
    nextOf.set(from, to)
    beforeOf.set(to, from)
  }
  // The edges of a router say once more what its routes say.
  const routers = new Set(nodes.flatMap(({ id, type }) => (type === 'router' ? [id] : [])))
  edges.forEach(({ from, to }, index) => {
    if (!routers.has(from)) follow(`definition.edges.${index}`, from, to)
  })
  nodes.forEach(({ id, type, config: { routes = [] } }, at) => {
    if (type !== 'router') return
    routes.forEach(({ target_node }, index) => {
      follow(`definition.nodes.${at}.config.routes.${index}`, id, target_node)
    })
  })
  return branches
}
