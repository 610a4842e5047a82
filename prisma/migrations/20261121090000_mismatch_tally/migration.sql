-- CreateTable
CREATE TABLE "mismatch_tally" (
    "experiment_id" UUID NOT NULL,
    "shard" SMALLINT NOT NULL,
    "units" BIGINT NOT NULL,

    CONSTRAINT "mismatch_tally_pkey" PRIMARY KEY ("experiment_id","shard")
);

-- Those that are known already.
INSERT INTO "mismatch_tally" ("experiment_id", "shard", "units")
SELECT "experiment_id", 0, count(*) FROM "mismatched_unit" GROUP BY "experiment_id";
