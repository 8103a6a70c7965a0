import type { Routes } from './route.ts'
import { accessRoutes } from './routes/access.ts'
import { agentRoutes } from './routes/agents.ts'
import { alertRoutes } from './routes/alerts.ts'
import { approvalRoutes } from './routes/approvals.ts'
import { appRoutes } from './routes/apps.ts'
import { auditExportRoutes } from './routes/audit-export.ts'
import { auditLogRoutes } from './routes/audit-logs.ts'
import { authRoutes } from './routes/auth.ts'
import { authorizeRoutes } from './routes/authorize.ts'
import { chatRoutes } from './routes/chat.ts'
import { copilotRunRoutes } from './routes/copilot-runs.ts'
import { copilotTransactionRoutes } from './routes/copilot-transactions.ts'
import { demoRoutes } from './routes/demo.ts'
import { eventRoutes } from './routes/events.ts'
import { executionRoutes } from './routes/executions.ts'
import { healthRoutes } from './routes/health.ts'
import { installationRoutes } from './routes/installation.ts'
import { metricRoutes } from './routes/metrics.ts'
import { oauthResourceRoutes } from './routes/oauth-resource.ts'
import { oidcRoutes } from './routes/oidc.ts'
import { passkeyRoutes } from './routes/passkeys.ts'
import { policyRoutes } from './routes/policies.ts'
import { policyCheckRoutes } from './routes/policy-checks.ts'
import { runRoutes } from './routes/runs.ts'
import { streamRoutes } from './routes/stream.ts'
import { tenantRoutes } from './routes/tenant.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { toolRoutes } from './routes/tools.ts'
import { walletRoutes } from './routes/wallets.ts'
import { workflowRunRoutes } from './routes/workflow-runs.ts'
import { workflowRoutes } from './routes/workflows.ts'

/** Every route of the API. */
export const ROUTES: Routes[] = [
  healthRoutes,
  installationRoutes,
  authorizeRoutes,
  accessRoutes,
  eventRoutes,
  runRoutes,
  approvalRoutes,
  auditExportRoutes,
  auditLogRoutes,
  metricRoutes,
  alertRoutes,
  executionRoutes,
  policyRoutes,
  policyCheckRoutes,
  authRoutes,
  passkeyRoutes,
  oidcRoutes,
  oauthResourceRoutes,
  tenantRoutes,
  tokenRoutes,
  streamRoutes,
  workflowRoutes,
  workflowRunRoutes,
  toolRoutes,
  agentRoutes,
  appRoutes,
  walletRoutes,
  copilotRunRoutes,
  copilotTransactionRoutes,
  chatRoutes,
  demoRoutes,
]
