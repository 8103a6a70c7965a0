-- How far each projection of the log has come: the next leaf of the tenant's tree that it takes in. Rows of a projection
-- and its place here commit together, so that each event counts once.
CREATE TABLE projections (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  name text COLLATE "C" NOT NULL,
  leaf bigint NOT NULL,
  PRIMARY KEY (tenant_id, name)
);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['projections'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO countersign_app USING (tenant_id = (SELECT current_setting(''countersign.tenant'', true))) WITH CHECK (tenant_id = (SELECT current_setting(''countersign.tenant'', true)))', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO countersign_app', name);
  END LOOP;
END $$;

-- Whose log has leaves that some projection has not taken in: ids only, as every look-up before a tenant is known.
CREATE POLICY lookup ON projections FOR SELECT TO countersign_lookup USING (true);
CREATE POLICY lookup ON merkle_heads FOR SELECT TO countersign_lookup USING (true);
GRANT SELECT ON projections, merkle_heads TO countersign_lookup;
CREATE FUNCTION find_tenants_behind(p_names text[])
RETURNS TABLE (tenant_id text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT h.tenant_id FROM public.merkle_heads h WHERE EXISTS (
    SELECT FROM unnest(p_names) wanted(name)
    LEFT JOIN public.projections p ON p.tenant_id = h.tenant_id AND p.name = wanted.name
    WHERE coalesce(p.leaf, 0) < h.size)
$$;
DO $$
DECLARE signature text;
BEGIN
  GRANT CREATE ON SCHEMA public TO countersign_lookup;
  FOREACH signature IN ARRAY ARRAY['find_tenants_behind(text[])'] LOOP
    EXECUTE 'ALTER FUNCTION ' || signature || ' OWNER TO countersign_lookup';
    EXECUTE 'REVOKE ALL ON FUNCTION ' || signature || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || signature || ' TO countersign_app';
  END LOOP;
  REVOKE CREATE ON SCHEMA public FROM countersign_lookup;
END $$;
