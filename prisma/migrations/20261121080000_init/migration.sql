-- CreateTable
CREATE TABLE "experiment" (
    "id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hypothesis" TEXT,
    "tags" TEXT[],
    "status" TEXT NOT NULL,
    "design" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "revision" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "allocation" JSONB,
    "disabled_variants" TEXT[],
    "overrides" JSONB NOT NULL,
    "exclusion_group" TEXT,
    "exclusion_start" DOUBLE PRECISION,
    "exclusion_end" DOUBLE PRECISION,
    "bandit_halted_at" TIMESTAMPTZ(3),
    "bandit_resumed_at" TIMESTAMPTZ(3),
    "plan_hash" TEXT,
    "looks_used" INTEGER NOT NULL DEFAULT 0,
    "shipped_variant" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "experiment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "allocation" (
    "experiment_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "traffic_allocation" DOUBLE PRECISION NOT NULL,
    "max_traffic_allocation" DOUBLE PRECISION NOT NULL,
    "runs" JSONB NOT NULL,
    "weights" JSONB NOT NULL,
    "previous_weights" JSONB NOT NULL,
    "probability_best" JSONB NOT NULL,
    "period" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "allocation_pkey" PRIMARY KEY ("experiment_id","version")
);

-- CreateTable
CREATE TABLE "evaluation" (
    "experiment_id" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "final" BOOLEAN NOT NULL,
    "result" JSONB NOT NULL,

    CONSTRAINT "evaluation_pkey" PRIMARY KEY ("experiment_id","sequence")
);

-- CreateTable
CREATE TABLE "alert" (
    "id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "experiment_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "metric" TEXT,
    "variant" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "alert_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "counter" (
    "name" TEXT NOT NULL,
    "value" BIGINT NOT NULL,

    CONSTRAINT "counter_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "experiment_key" TEXT,
    "reason" TEXT,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotent_outcome" (
    "api_key_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "outcome" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotent_outcome_pkey" PRIMARY KEY ("api_key_id","key")
);

-- CreateTable
CREATE TABLE "event_ledger" (
    "event_id" TEXT NOT NULL,
    "content_hash" BYTEA NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "event_ledger_pkey" PRIMARY KEY ("event_id")
);

-- CreateTable
CREATE TABLE "raw_exposure" (
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "event_id" TEXT NOT NULL,
    "experiment_id" UUID NOT NULL,
    "unit_id" TEXT NOT NULL,
    "variant" TEXT NOT NULL,
    "allocation_version" INTEGER NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "segments" TEXT[],

    CONSTRAINT "raw_exposure_pkey" PRIMARY KEY ("received_at","event_id")
) PARTITION BY RANGE ("received_at");

-- CreateTable
CREATE TABLE "raw_event" (
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "event_id" TEXT NOT NULL,
    "hash_key" TEXT NOT NULL,
    "unit_id" TEXT NOT NULL,
    "metric" TEXT NOT NULL,
    "value" DECIMAL(22,9) NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "experiment_id" UUID,

    CONSTRAINT "raw_event_pkey" PRIMARY KEY ("received_at","event_id","hash_key")
) PARTITION BY RANGE ("received_at");

-- CreateTable
CREATE TABLE "unit_exposure" (
    "experiment_id" UUID NOT NULL,
    "unit_id" TEXT NOT NULL,
    "variant" TEXT NOT NULL,
    "allocation_version" INTEGER NOT NULL,
    "period" INTEGER NOT NULL,
    "first_exposed_at" TIMESTAMPTZ(3) NOT NULL,
    "segments" TEXT[],
    "excluded_at" TIMESTAMPTZ(3),

    CONSTRAINT "unit_exposure_pkey" PRIMARY KEY ("experiment_id","unit_id")
);

-- CreateTable
CREATE TABLE "unit_total" (
    "experiment_id" UUID NOT NULL,
    "unit_id" TEXT NOT NULL,
    "metric" TEXT NOT NULL,
    "events" INTEGER NOT NULL,
    "total" DECIMAL(40,9) NOT NULL,

    CONSTRAINT "unit_total_pkey" PRIMARY KEY ("experiment_id","unit_id","metric")
);

-- CreateTable
CREATE TABLE "version_units" (
    "experiment_id" UUID NOT NULL,
    "allocation_version" INTEGER NOT NULL,
    "variant" TEXT NOT NULL,
    "segment" TEXT NOT NULL DEFAULT '',
    "shard" SMALLINT NOT NULL,
    "units" BIGINT NOT NULL,

    CONSTRAINT "version_units_pkey" PRIMARY KEY ("experiment_id","allocation_version","variant","segment","shard")
);

-- CreateTable
CREATE TABLE "metric_total" (
    "experiment_id" UUID NOT NULL,
    "period" INTEGER NOT NULL,
    "variant" TEXT NOT NULL,
    "metric" TEXT NOT NULL,
    "segment" TEXT NOT NULL DEFAULT '',
    "shard" SMALLINT NOT NULL,
    "units" BIGINT NOT NULL,
    "events" BIGINT NOT NULL,
    "total" DECIMAL(50,9) NOT NULL,
    "sum_x" DECIMAL(50,9) NOT NULL,
    "sum_x2" DECIMAL(70,18) NOT NULL,
    "sum_y" DECIMAL(50,9) NOT NULL DEFAULT 0,
    "sum_y2" DECIMAL(70,18) NOT NULL DEFAULT 0,
    "sum_xy" DECIMAL(70,18) NOT NULL DEFAULT 0,

    CONSTRAINT "metric_total_pkey" PRIMARY KEY ("experiment_id","period","variant","metric","segment","shard")
);

-- CreateTable
CREATE TABLE "cohort_total" (
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "experiment_id" UUID NOT NULL,
    "period" INTEGER NOT NULL,
    "variant" TEXT NOT NULL,
    "shard" SMALLINT NOT NULL,
    "units" BIGINT NOT NULL,
    "sum_x" DECIMAL(50,9) NOT NULL,
    "sum_x2" DECIMAL(70,18) NOT NULL,

    CONSTRAINT "cohort_total_pkey" PRIMARY KEY ("hour","experiment_id","period","variant","shard")
) PARTITION BY RANGE ("hour");

-- CreateTable
CREATE TABLE "bot_tally" (
    "experiment_id" UUID NOT NULL,
    "shard" SMALLINT NOT NULL,
    "events" BIGINT NOT NULL,

    CONSTRAINT "bot_tally_pkey" PRIMARY KEY ("experiment_id","shard")
);

-- CreateTable
CREATE TABLE "mismatched_unit" (
    "experiment_id" UUID NOT NULL,
    "unit_id" TEXT NOT NULL,

    CONSTRAINT "mismatched_unit_pkey" PRIMARY KEY ("experiment_id","unit_id")
);

-- CreateTable
CREATE TABLE "mismatch_tally" (
    "experiment_id" UUID NOT NULL,
    "shard" SMALLINT NOT NULL,
    "units" BIGINT NOT NULL,

    CONSTRAINT "mismatch_tally_pkey" PRIMARY KEY ("experiment_id","shard")
);

-- CreateTable
CREATE TABLE "tick" (
    "experiment_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "tick_pkey" PRIMARY KEY ("experiment_id","kind")
);

-- CreateIndex
CREATE UNIQUE INDEX "experiment_key_key" ON "experiment"("key");

-- CreateIndex
CREATE INDEX "experiment_exclusion_group_idx" ON "experiment"("exclusion_group");

-- CreateIndex
CREATE INDEX "experiment_created_at_key_idx" ON "experiment"("created_at", "key");

-- CreateIndex
CREATE UNIQUE INDEX "alert_sequence_key" ON "alert"("sequence");

-- CreateIndex
CREATE INDEX "alert_experiment_id_sequence_idx" ON "alert"("experiment_id", "sequence");

-- CreateIndex
CREATE INDEX "audit_entry_experiment_key_id_idx" ON "audit_entry"("experiment_key", "id");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_secret_hash_key" ON "api_key"("secret_hash");

-- CreateIndex
CREATE INDEX "idempotent_outcome_created_at_idx" ON "idempotent_outcome"("created_at");

-- CreateIndex
CREATE INDEX "event_ledger_received_at_idx" ON "event_ledger" USING BRIN ("received_at");

-- CreateIndex
CREATE INDEX "raw_event_unit_id_metric_idx" ON "raw_event"("unit_id", "metric");

-- What Prisma cannot say.

ALTER TABLE "unit_total" ADD CONSTRAINT "unit_total_events_check" CHECK ("events" >= 0);
ALTER TABLE "raw_event" ADD CONSTRAINT "raw_event_value_check" CHECK (abs("value") <= 1e12);
ALTER TABLE "allocation" ADD CONSTRAINT "allocation_version_check" CHECK ("version" >= 1);

-- Sequences that are drawn under a lock held to the commit. "rules" counts changes of what is counted how.
INSERT INTO "counter" ("name", "value") VALUES ('alert', 0), ('rules', 0);

-- The audit log only grows.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER "audit_entry_append_only" BEFORE UPDATE OR DELETE ON "audit_entry"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

-- Rows of an hour without a partition land here, so that nothing is lost; make_hour_partitions moves them when it makes the hour's own.
CREATE TABLE "raw_exposure_default" PARTITION OF "raw_exposure" DEFAULT;
CREATE TABLE "raw_event_default" PARTITION OF "raw_event" DEFAULT;
CREATE TABLE "cohort_total_default" PARTITION OF "cohort_total" DEFAULT;

-- Makes the partitions of `parent` for the hours from `first` on that are not there yet; returns how many it made.
CREATE FUNCTION "make_hour_partitions"(parent text, key_column text, first timestamptz, hours integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  from_hour timestamptz := date_trunc('hour', first, 'UTC');
  to_hour timestamptz;
  partition text;
  is_filled boolean;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('make_hour_partitions ' || parent, 0));
  FOR i IN 1..hours LOOP
    to_hour := from_hour + interval '1 hour';
    partition := parent || '_' || to_char(from_hour AT TIME ZONE 'UTC', 'YYYYMMDDHH24');
    IF to_regclass(quote_ident(partition)) IS NULL THEN
      EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= %L AND %I < %L)', parent || '_default', key_column, from_hour, key_column, to_hour)
        INTO is_filled;
      -- Into hours that are being written to rows come all the while, and one that comes between the move and the attachment prevents it.
      -- Through the parent, as all writers come that way: whoever waited at the default partition would find itself at the wrong one.
      IF i <= 2 OR is_filled THEN
        EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', parent);
      END IF;
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition, parent);
      EXECUTE format('WITH moved AS (DELETE FROM %I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
        parent || '_default', key_column, from_hour, key_column, to_hour, partition);
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, partition, from_hour, to_hour);
      made := made + 1;
    END IF;
    from_hour := to_hour;
  END LOOP;
  RETURN made;
END
$$;

-- Drops the partitions of `parent` whose hours lie wholly before `oldest`; returns how many.
CREATE FUNCTION "drop_hour_partitions"(parent text, oldest timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  partition text;
  dropped integer := 0;
BEGIN
  FOR partition IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = parent::regclass AND c.relname ~ '_[0-9]{10}$'
      AND to_timestamp(right(c.relname, 10), 'YYYYMMDDHH24') AT TIME ZONE current_setting('TimeZone') AT TIME ZONE 'UTC' + interval '1 hour' <= oldest
    ORDER BY c.relname
  LOOP
    EXECUTE format('DROP TABLE %I', partition);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;
