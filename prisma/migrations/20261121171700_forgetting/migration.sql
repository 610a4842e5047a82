-- The audit log only grows, with one exception: a unit that is to be forgotten is taken out of the overrides that entries show. Whoever does so says
-- `set local bellwether.forgetting = 'on'`; all else of an entry stays as it is.
CREATE OR REPLACE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('bellwether.forgetting', true) = 'on'
    AND to_jsonb(NEW) - '{before,after}'::text[] = to_jsonb(OLD) - '{before,after}'::text[]
    AND NEW."before" - 'overrides' IS NOT DISTINCT FROM OLD."before" - 'overrides'
    AND NEW."after" - 'overrides' IS NOT DISTINCT FROM OLD."after" - 'overrides'
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME;
END
$$;

-- An entry's state of an experiment with the unit taken out of its overrides; the variant stays, for what was done is to be seen.
CREATE FUNCTION "without_unit"(state jsonb, unit text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN state -> 'overrides' @> jsonb_build_array(jsonb_build_object('unitId', unit)) THEN jsonb_set(state, '{overrides}', (
    SELECT jsonb_agg(CASE WHEN o ->> 'unitId' = unit THEN jsonb_set(o, '{unitId}', 'null') ELSE o END ORDER BY place)
    FROM jsonb_array_elements(state -> 'overrides') WITH ORDINALITY AS x (o, place)
  )) ELSE state END
$$;

-- Units forgotten so far: what instances look at to drop what they remember of units.
INSERT INTO "counter" ("name", "value") VALUES ('forgotten', 0);
