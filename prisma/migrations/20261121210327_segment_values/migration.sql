-- CreateTable
CREATE TABLE "segment_value" (
    "experiment_id" UUID NOT NULL,
    "attribute" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "segment_value_pkey" PRIMARY KEY ("experiment_id","attribute","value")
);

-- Of experiments that count by segments already, the values that most units have.
INSERT INTO "segment_value" ("experiment_id", "attribute", "value")
SELECT experiment_id, attribute, value
FROM (
  SELECT experiment_id, split_part(segment, '=', 1) AS attribute, substr(segment, strpos(segment, '=') + 1) AS value,
         row_number() OVER (PARTITION BY experiment_id, split_part(segment, '=', 1) ORDER BY sum(units) DESC, segment) AS place
  FROM "version_units" WHERE segment <> '' GROUP BY experiment_id, segment
) AS ranked
WHERE place <= 500 AND value <> '';
