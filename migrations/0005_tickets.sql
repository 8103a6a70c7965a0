-- The service desk that comes with the program: what agents read and change in our own database.
CREATE TABLE tickets (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id text COLLATE "C" NOT NULL CHECK (id <> ''),
  subject text NOT NULL CHECK (subject <> ''),
  description text,
  status text NOT NULL CHECK (status IN ('open', 'in_progress', 'resolved', 'closed')),
  priority text CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
  category text,
  hotel_id text,
  room text,
  guest_name text,
  assignee text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX tickets_by_status ON tickets (tenant_id, status, created_at);
CREATE TABLE ticket_comments (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id text COLLATE "C" NOT NULL CHECK (id <> ''),
  ticket_id text COLLATE "C" NOT NULL,
  author text NOT NULL,
  body text NOT NULL CHECK (body <> ''),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets (tenant_id, id)
);
CREATE INDEX ticket_comments_of ON ticket_comments (tenant_id, ticket_id, created_at);

-- What a tool wrote under an idempotency key, in the same transaction: the same key again is answered from here.
CREATE TABLE database_writes (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  tool_id text COLLATE "C" NOT NULL,
  idempotency_key text COLLATE "C" NOT NULL,
  output jsonb NOT NULL,
  written_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, tool_id, idempotency_key)
);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['tickets', 'ticket_comments', 'database_writes'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO countersign_app USING (tenant_id = (SELECT current_setting(''countersign.tenant'', true))) WITH CHECK (tenant_id = (SELECT current_setting(''countersign.tenant'', true)))', name);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON tickets, ticket_comments TO countersign_app;
GRANT SELECT, INSERT ON database_writes TO countersign_app;
