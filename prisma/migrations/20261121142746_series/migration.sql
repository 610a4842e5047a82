-- CreateTable
CREATE TABLE "hour_count" (
    "experiment_id" UUID NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "variant" TEXT NOT NULL,
    "shard" SMALLINT NOT NULL,
    "exposures" BIGINT NOT NULL,
    "conversions" BIGINT NOT NULL,

    CONSTRAINT "hour_count_pkey" PRIMARY KEY ("experiment_id","hour","variant","shard")
);

-- CreateIndex
CREATE INDEX "allocation_experiment_id_started_at_idx" ON "allocation"("experiment_id", "started_at");

-- CreateIndex
CREATE INDEX "allocation_experiment_id_cause_version_idx" ON "allocation"("experiment_id", "cause", "version");

-- CreateIndex
CREATE INDEX "evaluation_experiment_id_at_idx" ON "evaluation"("experiment_id", "at");

-- Units that were counted before: nothing tells when, so they stand in the hour of their first exposure.
INSERT INTO "hour_count" ("experiment_id", "hour", "variant", "shard", "exposures", "conversions")
SELECT u."experiment_id", date_trunc('hour', u."first_exposed_at", 'UTC'), u."variant", 0, count(*), count(*) FILTER (WHERE t."events" > 0)
FROM "unit_exposure" u
JOIN "experiment" e ON e."id" = u."experiment_id"
LEFT JOIN "unit_total" t ON (t."experiment_id", t."unit_id") = (u."experiment_id", u."unit_id")
  AND t."metric" = (SELECT m->>'key' FROM jsonb_array_elements(e."definition"->'metrics') AS m WHERE m->>'role' = 'PRIMARY')
GROUP BY 1, 2, 3;
