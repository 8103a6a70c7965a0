-- What the copilot remembers of a conversation between two messages: whose wallet, which chain, and the action that still
-- has questions. Each belongs to whoever speaks, so that nobody completes what somebody else began.
CREATE TABLE copilot_conversations (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  principal_id text COLLATE "C" NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  -- Moves with every change: of two messages at once one is read again in the state that the other left.
  revision integer NOT NULL,
  wallet_address text,
  chain_id bigint CHECK (chain_id > 0),
  pending json,
  expires_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant_id, principal_id, conversation_id)
);
CREATE INDEX copilot_conversations_expiry ON copilot_conversations (tenant_id, expires_at);
-- The newest run of a conversation is what "my swap" means in it.
CREATE INDEX copilot_runs_conversation ON copilot_runs (tenant_id, conversation_id, created_at DESC) WHERE conversation_id IS NOT NULL;

ALTER TABLE copilot_conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE copilot_conversations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON copilot_conversations TO countersign_app
  USING (tenant_id = (SELECT current_setting('countersign.tenant', true)))
  WITH CHECK (tenant_id = (SELECT current_setting('countersign.tenant', true)));
GRANT SELECT, INSERT, UPDATE, DELETE ON copilot_conversations TO countersign_app;
