-- What runs are made of: workflows with every version they had, tools, agents, and one row a run.
CREATE TABLE workflows (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  version text NOT NULL,
  revision integer NOT NULL,
  type text NOT NULL CHECK (type IN ('linear', 'graph', 'subgraph')),
  definition_sha256 text NOT NULL,
  archived boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX workflows_name ON workflows (tenant_id, name, updated_at DESC);
-- json and not jsonb: a definition, an input and a result are shown as they came.
CREATE TABLE workflow_versions (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  workflow_id text COLLATE "C" NOT NULL,
  revision integer NOT NULL,
  version text NOT NULL,
  definition json NOT NULL,
  definition_sha256 text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by text NOT NULL,
  PRIMARY KEY (tenant_id, workflow_id, revision)
);
CREATE INDEX workflow_versions_hash ON workflow_versions (tenant_id, workflow_id, definition_sha256);

CREATE TABLE tools (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  description text,
  input_schema json NOT NULL,
  output_schema json,
  handler_type text NOT NULL CHECK (handler_type IN ('builtin', 'http', 'code', 'remote', 'mcp')),
  handler_config json NOT NULL,
  risk_level text NOT NULL CHECK (risk_level IN ('low', 'medium', 'high')),
  side_effects text[] NOT NULL,
  recovery text NOT NULL CHECK (recovery IN ('retry_with_key', 'query', 'ask_human')),
  timeout_ms integer NOT NULL,
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE agents (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  description text,
  instructions text NOT NULL,
  model_profile json NOT NULL,
  allowed_tools text[] NOT NULL,
  default_policies text[] NOT NULL,
  output_schema json,
  logline_id text,
  active_contract_id text,
  total_runs integer NOT NULL DEFAULT 0,
  successful_runs integer NOT NULL DEFAULT 0,
  failed_runs integer NOT NULL DEFAULT 0,
  priced_runs integer NOT NULL DEFAULT 0,
  total_cost_cents numeric NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- A run of a workflow as its events tell it, written in the statement that appends them. due_at: when any process may
-- take it up, because the one at work did not renew it or its timer rang; null while only a person can move it.
CREATE TABLE runs (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  run_id text COLLATE "C" NOT NULL,
  workflow_id text COLLATE "C" NOT NULL,
  workflow_version text NOT NULL,
  definition_sha256 text NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'running', 'paused', 'completed', 'failed', 'cancelled')),
  mode text NOT NULL CHECK (mode IN ('draft', 'auto')),
  input json NOT NULL,
  result json,
  error json,
  waiting json,
  app_id text,
  app_action_id text,
  user_id text NOT NULL,
  parent_run_id text,
  forked_from text,
  cost_limit_cents integer,
  llm_calls_limit integer,
  latency_slo_ms integer,
  cost_cents numeric, -- null when the price of some call is not known
  llm_calls integer NOT NULL,
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  finished_at timestamptz(3),
  due_at timestamptz(3),
  owner text,
  PRIMARY KEY (tenant_id, run_id)
) WITH (fillfactor = 80);
CREATE INDEX runs_created ON runs (tenant_id, created_at DESC, run_id);
CREATE INDEX runs_due ON runs (due_at) WHERE due_at IS NOT NULL;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['workflows', 'workflow_versions', 'tools', 'agents', 'runs'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO countersign_app USING (tenant_id = (SELECT current_setting(''countersign.tenant'', true))) WITH CHECK (tenant_id = (SELECT current_setting(''countersign.tenant'', true)))', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO countersign_app', name);
  END LOOP;
END $$;
GRANT DELETE ON workflows, workflow_versions TO countersign_app;
REVOKE UPDATE ON workflow_versions FROM countersign_app;

-- Compare-and-append for a batch of runs of one tenant: one statement, one commit. A head that moved since it was read
-- makes the whole batch 'stale' (CS001); nothing of it is then written. Bytes come packed, because a list of them is
-- sent and read as hexadecimal text, which took a third of the time: links hold 64 bytes an entry (the hash before, the
-- own hash), canon is cut by offset and length. p_started and p_changed are rows of runs, or null.
CREATE FUNCTION append_events(
  p_tenant text,
  h_run text[], h_seq bigint[], h_newest numeric[], h_status text[], h_inconsistent boolean[], h_folded jsonb[], h_links bytea,
  e_run text[], e_seq bigint[], e_id text[], e_kind text[], e_at text[], e_ns numeric[], e_recorded timestamptz[], e_actor text[],
  e_decision text[], e_signal text[], e_late boolean[], e_offset integer[], e_length integer[], e_canon bytea, e_links bytea,
  p_started json, p_changed json
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE written bigint; parents text[]; ended timestamptz;
BEGIN
  PERFORM set_config('countersign.tenant', p_tenant, true);
  INSERT INTO run_heads AS r (tenant_id, run_id, base, seq, hash, newest_ns, status, inconsistent, folded)
    SELECT p_tenant, h.run, substring(h_links FROM (h.n * 64 - 63)::int FOR 32), h.seq, substring(h_links FROM (h.n * 64 - 31)::int FOR 32),
      h.newest, h.status, h.inconsistent, h.folded
    FROM unnest(h_run, h_seq, h_newest, h_status, h_inconsistent, h_folded) WITH ORDINALITY h(run, seq, newest, status, inconsistent, folded, n)
    ON CONFLICT (tenant_id, run_id) DO UPDATE SET base = EXCLUDED.base, seq = EXCLUDED.seq, hash = EXCLUDED.hash,
      newest_ns = EXCLUDED.newest_ns, status = EXCLUDED.status, inconsistent = EXCLUDED.inconsistent, folded = EXCLUDED.folded
      WHERE r.hash = EXCLUDED.base;
  GET DIAGNOSTICS written = ROW_COUNT;
  IF written <> cardinality(h_run) THEN RAISE EXCEPTION 'stale' USING ERRCODE = 'CS001'; END IF;
  INSERT INTO events (tenant_id, run_id, seq, event_id, kind, occurred_at, occurred_ns, recorded_at, actor, decision_id, signal,
      integrity_warning, canon, prev_hash, hash)
    SELECT p_tenant, e.run, e.seq, e.id, e.kind, e.at, e.ns, e.recorded, e.actor, e.decision, e.signal, e.late,
      substring(e_canon FROM e.start FOR e.size), substring(e_links FROM (e.n * 64 - 63)::int FOR 32),
      substring(e_links FROM (e.n * 64 - 31)::int FOR 32)
    FROM unnest(e_run, e_seq, e_id, e_kind, e_at, e_ns, e_recorded, e_actor, e_decision, e_signal, e_late, e_offset, e_length)
      WITH ORDINALITY e(run, seq, id, kind, at, ns, recorded, actor, decision, signal, late, start, size, n);
  IF p_started IS NOT NULL THEN
    INSERT INTO runs (tenant_id, run_id, workflow_id, workflow_version, definition_sha256, status, mode, input, result, error, waiting,
        app_id, app_action_id, user_id, parent_run_id, forked_from, cost_limit_cents, llm_calls_limit, latency_slo_ms, cost_cents, llm_calls,
        created_at, updated_at, finished_at, due_at, owner)
      SELECT p_tenant, s.* FROM json_to_recordset(p_started) s(run_id text, workflow_id text, workflow_version text, definition_sha256 text,
        status text, mode text, input json, result json, error json, waiting json, app_id text, app_action_id text, user_id text,
        parent_run_id text, forked_from text, cost_limit_cents integer, llm_calls_limit integer, latency_slo_ms integer,
        cost_cents numeric, llm_calls integer, created_at timestamptz, updated_at timestamptz, finished_at timestamptz,
        due_at timestamptz, owner text);
  END IF;
  IF p_changed IS NOT NULL THEN
    UPDATE runs r SET status = c.status, mode = c.mode, result = c.result, error = c.error, waiting = c.waiting, cost_limit_cents = c.cost_limit_cents,
        llm_calls_limit = c.llm_calls_limit, latency_slo_ms = c.latency_slo_ms, cost_cents = c.cost_cents, llm_calls = c.llm_calls,
        updated_at = c.updated_at, finished_at = c.finished_at, due_at = c.due_at, owner = c.owner
      FROM json_to_recordset(p_changed) c(run_id text, status text, mode text, result json, error json, waiting json, cost_limit_cents integer,
        llm_calls_limit integer, latency_slo_ms integer, cost_cents numeric, llm_calls integer, updated_at timestamptz,
        finished_at timestamptz, due_at timestamptz, owner text)
      -- The list again, or a table whose statistics are old is read whole.
      WHERE r.tenant_id = p_tenant AND r.run_id = c.run_id AND r.run_id = ANY (h_run);
    -- The run that waits for one that has just ended may go on.
    SELECT array_agg(r.parent_run_id), max(r.finished_at) INTO parents, ended FROM runs r
      WHERE r.tenant_id = p_tenant AND r.run_id = ANY (h_run) AND r.parent_run_id IS NOT NULL AND r.finished_at IS NOT NULL;
    IF parents IS NOT NULL THEN
      UPDATE runs r SET due_at = ended WHERE r.tenant_id = p_tenant AND r.run_id = ANY (parents) AND r.status = 'paused';
    END IF;
  END IF;
END $$;
DROP FUNCTION append_batch;

-- Which runs somebody must take up, across tenants: ids only, as every look-up before a tenant is known.
CREATE POLICY lookup ON runs FOR SELECT TO countersign_lookup USING (true);
CREATE POLICY lookup_update ON runs FOR UPDATE TO countersign_lookup USING (true) WITH CHECK (true);
GRANT SELECT ON runs TO countersign_lookup;
GRANT UPDATE (due_at) ON runs TO countersign_lookup;
CREATE FUNCTION find_due_runs(p_now timestamptz, p_limit integer)
RETURNS TABLE (tenant_id text, run_id text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT r.tenant_id, r.run_id FROM public.runs r WHERE r.due_at <= p_now ORDER BY r.due_at LIMIT p_limit
$$;
-- Tells that a process is alive and still at work on its runs.
CREATE FUNCTION renew_runs(p_owner text, p_runs text[], p_until timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE public.runs r SET due_at = p_until
  WHERE r.owner = p_owner AND r.run_id = ANY (p_runs) AND r.status = 'running' AND r.due_at IS NOT NULL
$$;
DO $$
DECLARE signature text;
BEGIN
  GRANT CREATE ON SCHEMA public TO countersign_lookup;
  FOREACH signature IN ARRAY ARRAY['find_due_runs(timestamptz, integer)', 'renew_runs(text, text[], timestamptz)'] LOOP
    EXECUTE 'ALTER FUNCTION ' || signature || ' OWNER TO countersign_lookup';
    EXECUTE 'REVOKE ALL ON FUNCTION ' || signature || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || signature || ' TO countersign_app';
  END LOOP;
  REVOKE CREATE ON SCHEMA public FROM countersign_lookup;
END $$;

-- Short reads set the tenant and read in one round trip.
CREATE FUNCTION find_workflows(p_tenant text, p_refs text[])
RETURNS TABLE (ref text, id text, name text, version text, revision integer, type text, definition_sha256 text, archived boolean,
  created_at timestamptz, updated_at timestamptz) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', p_tenant, true);
  -- By id, else by name, of which the one changed last counts. Archived ones are found by id alone.
  RETURN QUERY SELECT wanted.ref, found.* FROM unnest(p_refs) wanted(ref) CROSS JOIN LATERAL (
    SELECT w.id, w.name, w.version, w.revision, w.type, w.definition_sha256, w.archived, w.created_at::timestamptz, w.updated_at::timestamptz
    FROM workflows w WHERE w.tenant_id = p_tenant AND (w.id = wanted.ref OR (w.name = wanted.ref AND NOT w.archived))
    ORDER BY (w.id = wanted.ref) DESC, w.updated_at DESC LIMIT 1) found;
END $$;
CREATE FUNCTION read_tools(p_tenant text, p_ids text[]) RETURNS SETOF tools LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', p_tenant, true);
  RETURN QUERY SELECT * FROM tools t WHERE t.tenant_id = p_tenant AND t.id = ANY (p_ids);
END $$;
CREATE FUNCTION read_agent(p_tenant text, p_id text) RETURNS SETOF agents LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', p_tenant, true);
  RETURN QUERY SELECT * FROM agents a WHERE a.tenant_id = p_tenant AND a.id = p_id;
END $$;
CREATE FUNCTION read_run(p_tenant text, p_run text) RETURNS SETOF runs LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', p_tenant, true);
  RETURN QUERY SELECT * FROM runs r WHERE r.tenant_id = p_tenant AND r.run_id = p_run;
END $$;
CREATE FUNCTION read_run_events(p_tenant text, p_run text, p_after bigint, p_limit integer)
RETURNS TABLE (canon bytea, prev_hash bytea, hash bytea) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', p_tenant, true);
  RETURN QUERY SELECT e.canon, e.prev_hash, e.hash FROM events e
    WHERE e.tenant_id = p_tenant AND e.run_id = p_run AND e.seq > p_after ORDER BY e.seq LIMIT p_limit;
END $$;
