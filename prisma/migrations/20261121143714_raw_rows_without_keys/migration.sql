-- The ledger sees to it that each event is here once; a second unique index cost every one of them and was never read.
ALTER TABLE "raw_event" DROP CONSTRAINT "raw_event_pkey";
ALTER TABLE "raw_exposure" DROP CONSTRAINT "raw_exposure_pkey";
