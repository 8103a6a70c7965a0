-- Apps: workflows under names of their own, actions that start them, scopes that say what their runs may touch, and views.
CREATE TABLE apps (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id text COLLATE "C" NOT NULL,
  version text NOT NULL,
  name text NOT NULL,
  icon text,
  description text,
  owner text, -- as the manifest names it; who may see a private app is imported_by
  visibility text NOT NULL CHECK (visibility IN ('private', 'org', 'public')),
  views json NOT NULL,
  default_view_id text,
  imported_by text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE app_scopes (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  app_id text COLLATE "C" NOT NULL,
  scope_type text NOT NULL CHECK (scope_type IN ('tool', 'memory', 'external')),
  scope_value text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, app_id, scope_type, scope_value)
);
-- position: lists are shown in the order of the manifest.
CREATE TABLE app_workflows (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  app_id text COLLATE "C" NOT NULL,
  alias text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  workflow_id text COLLATE "C" NOT NULL,
  label text NOT NULL,
  default_mode text NOT NULL CHECK (default_mode IN ('draft', 'auto')),
  PRIMARY KEY (tenant_id, app_id, alias)
);
CREATE TABLE app_actions (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  app_id text COLLATE "C" NOT NULL,
  action_id text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  label text NOT NULL,
  workflow_alias text COLLATE "C" NOT NULL,
  input_mapping json NOT NULL,
  PRIMARY KEY (tenant_id, app_id, action_id)
);
CREATE INDEX runs_app ON runs (tenant_id, app_id, created_at DESC, run_id) WHERE app_id IS NOT NULL;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['apps', 'app_scopes', 'app_workflows', 'app_actions'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO countersign_app USING (tenant_id = (SELECT current_setting(''countersign.tenant'', true))) WITH CHECK (tenant_id = (SELECT current_setting(''countersign.tenant'', true)))', name);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO countersign_app', name);
  END LOOP;
END $$;
GRANT UPDATE ON apps TO countersign_app;

-- Asked at every tool call of a run of an app.
CREATE FUNCTION read_app_scopes(p_tenant text, p_apps text[])
RETURNS TABLE (app_id text, scope_type text, scope_value text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', p_tenant, true);
  RETURN QUERY SELECT s.app_id, s.scope_type, s.scope_value FROM app_scopes s
    WHERE s.tenant_id = p_tenant AND s.app_id = ANY (p_apps);
END $$;
