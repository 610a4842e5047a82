-- CreateTable
CREATE TABLE "validation" (
    "experiment_id" UUID NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL,
    "units" INTEGER NOT NULL,
    "checks" JSONB NOT NULL,

    CONSTRAINT "validation_pkey" PRIMARY KEY ("experiment_id")
);
