-- The period that a version belongs to stands with its units, so that sums by period read nothing of the version.
ALTER TABLE "version_units" ADD COLUMN "period" INTEGER;
UPDATE "version_units" v SET "period" = a."period" FROM "allocation" a
  WHERE (a."experiment_id", a."version") = (v."experiment_id", v."allocation_version");
ALTER TABLE "version_units" ALTER COLUMN "period" SET NOT NULL;
