-- How far each projection of the log has come: the next leaf of the tenant's tree that it takes in. Rows of a projection
-- and its place here commit together, so that each event counts once.
CREATE TABLE projections (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  name text COLLATE "C" NOT NULL,
  leaf bigint NOT NULL,
  PRIMARY KEY (tenant_id, name)
);

-- Who did what: one row for each event of the log that tells of it, known by the event's leaf. Pruned by age; the log is not.
CREATE TABLE audit_logs (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  leaf bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  actor text COLLATE "C" NOT NULL,
  user_id text COLLATE "C", -- the person behind the actor, where there is one
  action text COLLATE "C" NOT NULL,
  resource_type text COLLATE "C" NOT NULL,
  resource_id text COLLATE "C",
  changes json,
  ip_address text,
  user_agent text,
  created_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant_id, leaf)
);
-- Each ends in the order shown, so that the first page of a filtered list is read from the index.
CREATE INDEX audit_logs_created ON audit_logs (tenant_id, created_at, leaf);
CREATE INDEX audit_logs_user ON audit_logs (tenant_id, user_id, created_at, leaf);
CREATE INDEX audit_logs_action ON audit_logs (tenant_id, action, created_at, leaf);
CREATE INDEX audit_logs_type ON audit_logs (tenant_id, resource_type, action, created_at, leaf);
CREATE INDEX audit_logs_resource ON audit_logs (tenant_id, resource_id, created_at, leaf);

-- While one is open, rows of its span are not pruned.
CREATE TABLE audit_holds (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id text COLLATE "C" NOT NULL,
  reason text NOT NULL,
  from_at timestamptz(3), -- null: from the beginning
  until_at timestamptz(3), -- null: without end
  created_at timestamptz(3) NOT NULL,
  created_by text NOT NULL,
  released_at timestamptz(3),
  released_by text,
  PRIMARY KEY (tenant_id, id)
);

-- What happened, counted: since ever, and by the minute for as long as somebody looks back. A label is the value of the one
-- label that a name has, or empty; of a name that measures, it is the bucket.
CREATE TABLE metric_totals (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  name text COLLATE "C" NOT NULL,
  label text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  sum double precision NOT NULL,
  PRIMARY KEY (tenant_id, name, label)
) WITH (fillfactor = 80);
CREATE TABLE metric_minutes (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  minute timestamptz(3) NOT NULL,
  name text COLLATE "C" NOT NULL,
  label text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  sum double precision NOT NULL,
  PRIMARY KEY (tenant_id, minute, name, label)
) WITH (fillfactor = 80);

-- What is watched, what came of it, and who was told. destinations hold secrets of the tenant's own channels.
CREATE TABLE alert_configs (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  description text,
  rule_type text NOT NULL CHECK (rule_type IN ('error_rate', 'budget_exceeded', 'policy_denials', 'memory_usage', 'rate_limit')),
  threshold double precision NOT NULL,
  comparison_operator text NOT NULL CHECK (comparison_operator IN ('>', '<', '>=', '<=', '==')),
  notification_channels text[] NOT NULL,
  destinations json NOT NULL,
  enabled boolean NOT NULL,
  last_checked_at timestamptz(3),
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE alert_history (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id text COLLATE "C" NOT NULL,
  alert_config_id text COLLATE "C" NOT NULL,
  triggered_at timestamptz(3) NOT NULL,
  resolved_at timestamptz(3),
  resolved_by text,
  message text NOT NULL,
  metadata json NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, alert_config_id) REFERENCES alert_configs ON DELETE CASCADE
);
CREATE INDEX alert_history_triggered ON alert_history (tenant_id, triggered_at DESC, id);
-- While one is open, the same alert is not raised again.
CREATE UNIQUE INDEX alert_history_open ON alert_history (tenant_id, alert_config_id) WHERE resolved_at IS NULL;
CREATE TABLE alert_deliveries (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  history_id text COLLATE "C" NOT NULL,
  channel text COLLATE "C" NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'delivered', 'failed', 'not_delivered')),
  attempts integer NOT NULL,
  reason text, -- why it was not delivered, so far or at all
  due_at timestamptz(3), -- null: nothing more is tried
  delivered_at timestamptz(3),
  PRIMARY KEY (tenant_id, history_id, channel),
  FOREIGN KEY (tenant_id, history_id) REFERENCES alert_history ON DELETE CASCADE
);
CREATE INDEX alert_deliveries_due ON alert_deliveries (due_at) WHERE due_at IS NOT NULL;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['projections', 'audit_logs', 'audit_holds', 'metric_totals', 'metric_minutes', 'alert_configs',
    'alert_history', 'alert_deliveries'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO countersign_app USING (tenant_id = (SELECT current_setting(''countersign.tenant'', true))) WITH CHECK (tenant_id = (SELECT current_setting(''countersign.tenant'', true)))', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO countersign_app', name);
  END LOOP;
END $$;
REVOKE UPDATE ON audit_logs FROM countersign_app;
GRANT DELETE ON audit_logs, metric_minutes, alert_configs, alert_history TO countersign_app;

-- Whose log has leaves that some projection has not taken in: ids only, as every look-up before a tenant is known.
CREATE POLICY lookup ON projections FOR SELECT TO countersign_lookup USING (true);
CREATE POLICY lookup ON merkle_heads FOR SELECT TO countersign_lookup USING (true);
CREATE POLICY lookup ON audit_logs FOR SELECT TO countersign_lookup USING (true);
CREATE POLICY lookup ON metric_totals FOR SELECT TO countersign_lookup USING (true);
CREATE POLICY lookup ON metric_minutes FOR SELECT TO countersign_lookup USING (true);
CREATE POLICY lookup ON alert_configs FOR SELECT TO countersign_lookup USING (true);
CREATE POLICY lookup ON alert_deliveries FOR SELECT TO countersign_lookup USING (true);
GRANT SELECT ON projections, merkle_heads, audit_logs, metric_totals, metric_minutes, alert_configs, alert_deliveries
  TO countersign_lookup;
CREATE FUNCTION find_tenants_behind(p_names text[])
RETURNS TABLE (tenant_id text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT h.tenant_id FROM public.merkle_heads h WHERE EXISTS (
    SELECT FROM unnest(p_names) wanted(name)
    LEFT JOIN public.projections p ON p.tenant_id = h.tenant_id AND p.name = wanted.name
    WHERE coalesce(p.leaf, 0) < h.size)
$$;
-- Who has audit rows from before a moment.
CREATE FUNCTION find_old_audit_logs(p_before timestamptz)
RETURNS TABLE (tenant_id text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT h.tenant_id FROM public.merkle_heads h
  WHERE (SELECT min(a.created_at) FROM public.audit_logs a WHERE a.tenant_id = h.tenant_id) < p_before
$$;
-- Who has minutes from before a moment.
CREATE FUNCTION find_old_metrics(p_before timestamptz)
RETURNS TABLE (tenant_id text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT t.tenant_id FROM (SELECT DISTINCT m.tenant_id FROM public.metric_totals m) t
  WHERE (SELECT min(m.minute) FROM public.metric_minutes m WHERE m.tenant_id = t.tenant_id) < p_before
$$;
-- Who has alerts that nobody has looked at since a moment, and who has messages that are due.
CREATE FUNCTION find_due_alerts(p_before timestamptz)
RETURNS TABLE (tenant_id text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT DISTINCT c.tenant_id FROM public.alert_configs c WHERE c.enabled AND (c.last_checked_at IS NULL OR c.last_checked_at <= p_before)
$$;
CREATE FUNCTION find_due_deliveries(p_now timestamptz)
RETURNS TABLE (tenant_id text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT DISTINCT d.tenant_id FROM public.alert_deliveries d WHERE d.due_at <= p_now
$$;
-- The counts of all tenants together, for the installation's administrator: numbers, and not whose they are.
CREATE FUNCTION sum_metric_totals()
RETURNS TABLE (name text, label text, count bigint, sum double precision) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT m.name, m.label, sum(m.count)::bigint, sum(m.sum) FROM public.metric_totals m GROUP BY m.name, m.label
$$;
CREATE FUNCTION sum_metric_minutes(p_since timestamptz)
RETURNS TABLE (name text, label text, count bigint, sum double precision) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT m.name, m.label, sum(m.count)::bigint, sum(m.sum) FROM public.metric_minutes m WHERE m.minute >= p_since GROUP BY m.name, m.label
$$;
DO $$
DECLARE signature text;
BEGIN
  GRANT CREATE ON SCHEMA public TO countersign_lookup;
  FOREACH signature IN ARRAY ARRAY['find_tenants_behind(text[])', 'find_old_audit_logs(timestamptz)', 'find_old_metrics(timestamptz)',
    'find_due_alerts(timestamptz)', 'find_due_deliveries(timestamptz)', 'sum_metric_totals()',
    'sum_metric_minutes(timestamptz)'] LOOP
    EXECUTE 'ALTER FUNCTION ' || signature || ' OWNER TO countersign_lookup';
    EXECUTE 'REVOKE ALL ON FUNCTION ' || signature || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || signature || ' TO countersign_app';
  END LOOP;
  REVOKE CREATE ON SCHEMA public FROM countersign_lookup;
END $$;
