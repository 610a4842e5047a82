-- Expired ids leave room that new ones take, and the summaries of a BRIN index never narrow: after one retention it would lead to every page.
DROP INDEX "event_ledger_received_at_idx";
CREATE INDEX "event_ledger_received_at_idx" ON "event_ledger"("received_at");
