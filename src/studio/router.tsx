import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import type { AuditSearch } from './audit/audit-search.ts'
import { ErrorPage, NoPage } from './layout/error-page.tsx'
import { Frame } from './layout/frame.tsx'
import { SkeletonRows } from './ui/skeleton.tsx'

const rootRoute = createRootRoute()

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search): { next?: string; fault?: string } => keepTexts(search, ['next', 'fault']),
  component: lazyRouteComponent(() => import('./sign-in/sign-in-page.tsx'), 'SignInPage'),
})
const registerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/register',
  component: lazyRouteComponent(() => import('./sign-in/register-page.tsx'), 'RegisterPage'),
})

const frameRoute = createRoute({ getParentRoute: () => rootRoute, id: 'frame', component: Frame })

/** The list and its detail are one page: choosing another approval keeps the list where it is. */
const inboxRoute = createRoute({
  getParentRoute: () => frameRoute,
  id: 'inbox',
  component: lazyRouteComponent(() => import('./inbox/inbox-page.tsx'), 'InboxPage'),
})
const inboxListRoute = createRoute({ getParentRoute: () => inboxRoute, path: '/' })
const inboxItemRoute = createRoute({ getParentRoute: () => inboxRoute, path: '/inbox/$key' })

const runsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/runs',
  validateSearch: (search): { status?: string; workflow?: string } =>
    keepTexts(search, ['status', 'workflow']),
  component: lazyRouteComponent(() => import('./runs/runs-page.tsx'), 'RunsPage'),
})

const journalsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/journals',
  validateSearch: (search): { status?: string; q?: string } => keepTexts(search, ['status', 'q']),
  component: lazyRouteComponent(() => import('./runs/journals-page.tsx'), 'JournalsPage'),
})

const runRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/runs/$runId',
  validateSearch: (search): { event?: string; step?: string; view?: string } =>
    keepTexts(search, ['event', 'step', 'view']),
  component: lazyRouteComponent(() => import('./runs/run-page.tsx'), 'RunPage'),
})

/** The wallet stays connected from what is asked to what comes of it. */
const copilotRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/copilot',
  component: lazyRouteComponent(() => import('./copilot/copilot-frame.tsx'), 'CopilotFrame'),
})
const copilotChatRoute = createRoute({
  getParentRoute: () => copilotRoute,
  path: '/',
  validateSearch: (search): { conversation?: string; run?: string } =>
    keepTexts(search, ['conversation', 'run']),
  component: lazyRouteComponent(() => import('./copilot/chat/chat-page.tsx'), 'ChatPage'),
})
const copilotRunRoute = createRoute({
  getParentRoute: () => copilotRoute,
  path: '/$runId',
  component: lazyRouteComponent(() => import('./copilot/copilot-run-page.tsx'), 'CopilotRunPage'),
})

const workflowsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/workflows',
  component: lazyRouteComponent(() => import('./workflows/workflows-page.tsx'), 'WorkflowsPage'),
})
const workflowRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/workflows/$workflowId',
  validateSearch: (search): { version?: string } => keepTexts(search, ['version']),
  component: lazyRouteComponent(() => import('./workflows/workflow-page.tsx'), 'WorkflowPage'),
})

const appsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/apps',
  component: lazyRouteComponent(() => import('./apps/apps-page.tsx'), 'AppsPage'),
})
/** An app stays where it is while its pages change. */
const appRoute = createRoute({
  getParentRoute: () => frameRoute,
  id: 'app',
  validateSearch: (search): { run?: string } => keepTexts(search, ['run']),
  component: lazyRouteComponent(() => import('./apps/app-page.tsx'), 'AppPage'),
})
const appStartRoute = createRoute({ getParentRoute: () => appRoute, path: '/apps/$appId' })
const appViewRoute = createRoute({ getParentRoute: () => appRoute, path: '/apps/$appId/$viewId' })

/** As in the inbox, the list and what is chosen from it are one page. */
const toolsRoute = createRoute({
  getParentRoute: () => frameRoute,
  id: 'tools',
  validateSearch: (search): { q?: string } => keepTexts(search, ['q']),
  component: lazyRouteComponent(() => import('./registry/tools-page.tsx'), 'ToolsPage'),
})
const toolListRoute = createRoute({ getParentRoute: () => toolsRoute, path: '/tools' })
const toolRoute = createRoute({ getParentRoute: () => toolsRoute, path: '/tools/$toolId' })

const agentsRoute = createRoute({
  getParentRoute: () => frameRoute,
  id: 'agents',
  validateSearch: (search): { q?: string } => keepTexts(search, ['q']),
  component: lazyRouteComponent(() => import('./registry/agents-page.tsx'), 'AgentsPage'),
})
const agentListRoute = createRoute({ getParentRoute: () => agentsRoute, path: '/agents' })
const agentRoute = createRoute({ getParentRoute: () => agentsRoute, path: '/agents/$agentId' })

const policiesRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/policies',
  validateSearch: (search): { view?: string } => keepTexts(search, ['view']),
  component: lazyRouteComponent(() => import('./policies/policies-page.tsx'), 'PoliciesPage'),
})
const newPolicyRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/policies/new',
  component: lazyRouteComponent(() => import('./policies/policy-page.tsx'), 'NewPolicyPage'),
})
const policyRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/policies/$policyId',
  validateSearch: (search): { view?: string; version?: string } => keepTexts(search, ['view', 'version']),
  component: lazyRouteComponent(() => import('./policies/policy-page.tsx'), 'PolicyPage'),
})

const accountRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/account',
  component: lazyRouteComponent(() => import('./account/account-frame.tsx'), 'AccountFrame'),
})
const profileRoute = createRoute({
  getParentRoute: () => accountRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./account/profile-page.tsx'), 'ProfilePage'),
})
const sessionsRoute = createRoute({
  getParentRoute: () => accountRoute,
  path: '/sessions',
  component: lazyRouteComponent(() => import('./account/sessions-page.tsx'), 'SessionsPage'),
})
const newKeyRoute = createRoute({
  getParentRoute: () => accountRoute,
  path: '/keys/new',
  component: lazyRouteComponent(() => import('./account/new-key-page.tsx'), 'NewKeyPage'),
})
const keysRoute = createRoute({
  getParentRoute: () => accountRoute,
  id: 'keys',
  validateSearch: (search): { q?: string; state?: string } => keepTexts(search, ['q', 'state']),
  component: lazyRouteComponent(() => import('./account/keys-page.tsx'), 'KeysPage'),
})
const keyListRoute = createRoute({ getParentRoute: () => keysRoute, path: '/keys' })
const keyRoute = createRoute({ getParentRoute: () => keysRoute, path: '/keys/$keyId' })

const auditRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/audit',
  validateSearch: (search): AuditSearch =>
    keepTexts(search, ['view', 'who', 'action', 'type', 'resource', 'from', 'until', 'entry']),
  component: lazyRouteComponent(() => import('./audit/audit-page.tsx'), 'AuditPage'),
})
const metricsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/metrics',
  validateSearch: (search): { window?: string } => keepTexts(search, ['window']),
  component: lazyRouteComponent(() => import('./metrics/metrics-page.tsx'), 'MetricsPage'),
})
const alertsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/alerts',
  validateSearch: (search): { view?: string; rule?: string; state?: string; of?: string; raised?: string } =>
    keepTexts(search, ['view', 'rule', 'state', 'of', 'raised']),
  component: lazyRouteComponent(() => import('./alerts/alerts-page.tsx'), 'AlertsPage'),
})

const membersRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/members',
  component: lazyRouteComponent(() => import('./members/members-frame.tsx'), 'MembersFrame'),
})
const peopleRoute = createRoute({
  getParentRoute: () => membersRoute,
  id: 'people',
  validateSearch: (search): { q?: string; role?: string } => keepTexts(search, ['q', 'role']),
  component: lazyRouteComponent(() => import('./members/members-page.tsx'), 'MembersPage'),
})
const memberListRoute = createRoute({ getParentRoute: () => peopleRoute, path: '/' })
const memberRoute = createRoute({ getParentRoute: () => peopleRoute, path: '/people/$memberId' })
const inviteRoute = createRoute({
  getParentRoute: () => membersRoute,
  path: '/invitations/new',
  component: lazyRouteComponent(() => import('./members/invite-page.tsx'), 'InvitePage'),
})
const invitationsRoute = createRoute({
  getParentRoute: () => membersRoute,
  id: 'invitations',
  validateSearch: (search): { q?: string; state?: string } => keepTexts(search, ['q', 'state']),
  component: lazyRouteComponent(() => import('./members/invitations-page.tsx'), 'InvitationsPage'),
})
const invitationListRoute = createRoute({ getParentRoute: () => invitationsRoute, path: '/invitations' })
const invitationRoute = createRoute({
  getParentRoute: () => invitationsRoute,
  path: '/invitations/$invitationId',
})
const tenantKeysRoute = createRoute({
  getParentRoute: () => membersRoute,
  id: 'keys',
  validateSearch: (search): { q?: string; state?: string } => keepTexts(search, ['q', 'state']),
  component: lazyRouteComponent(() => import('./members/tenant-keys-page.tsx'), 'TenantKeysPage'),
})
const tenantKeyListRoute = createRoute({ getParentRoute: () => tenantKeysRoute, path: '/keys' })
const tenantKeyRoute = createRoute({ getParentRoute: () => tenantKeysRoute, path: '/keys/$keyId' })

/** Within the frame, so that the way on is at hand. */
const noPageRoute = createRoute({ getParentRoute: () => frameRoute, path: '$', component: NoPage })

export function createStudioRouter() {
  return createRouter({
    routeTree: rootRoute.addChildren([
      signInRoute,
      registerRoute,
      frameRoute.addChildren([
        inboxRoute.addChildren([inboxListRoute, inboxItemRoute]),
        runsRoute,
        journalsRoute,
        runRoute,
        copilotRoute.addChildren([copilotChatRoute, copilotRunRoute]),
        appsRoute,
        appRoute.addChildren([appStartRoute, appViewRoute]),
        workflowsRoute,
        workflowRoute,
        toolsRoute.addChildren([toolListRoute, toolRoute]),
        agentsRoute.addChildren([agentListRoute, agentRoute]),
        policiesRoute,
        newPolicyRoute,
        policyRoute,
        accountRoute.addChildren([
          profileRoute,
          sessionsRoute,
          newKeyRoute,
          keysRoute.addChildren([keyListRoute, keyRoute]),
        ]),
        metricsRoute,
        alertsRoute,
        auditRoute,
        membersRoute.addChildren([
          peopleRoute.addChildren([memberListRoute, memberRoute]),
          inviteRoute,
          invitationsRoute.addChildren([invitationListRoute, invitationRoute]),
          tenantKeysRoute.addChildren([tenantKeyListRoute, tenantKeyRoute]),
        ]),
        noPageRoute,
      ]),
    ]),
    basepath: '/studio',
    defaultPreload: 'intent',
    defaultPendingMs: 200,
    defaultPendingComponent: SkeletonRows,
    defaultErrorComponent: ErrorPage,
    defaultNotFoundComponent: NoPage,
    // Texts in the address stay as they are: `?q=1` is the text 1.
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: (search) => {
      const texts = Object.entries(search).filter((entry): entry is [string, string] => Boolean(entry[1]))
      return texts.length > 0 ? `?${new URLSearchParams(texts)}` : ''
    },
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createStudioRouter>
  }
}

function keepTexts<K extends string>(search: Record<string, unknown>, names: K[]): { [name in K]?: string } {
  const kept: { [name in K]?: string } = {}
  for (const name of names) {
    const value = search[name]
    if (typeof value === 'string' && value !== '') kept[name] = value
  }
  return kept
}
