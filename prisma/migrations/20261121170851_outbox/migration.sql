-- CreateTable
CREATE TABLE "outbox_message" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "experiment_key" TEXT NOT NULL,
    "follows" TEXT,
    "body" JSON NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "routed_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox_delivery" (
    "message_id" TEXT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "last_error" TEXT,
    "last_error_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_delivery_pkey" PRIMARY KEY ("message_id","endpoint")
);

-- CreateIndex
CREATE INDEX "outbox_message_routed_at_at_idx" ON "outbox_message"("routed_at", "at");

-- CreateIndex
CREATE INDEX "outbox_delivery_endpoint_state_due_at_idx" ON "outbox_delivery"("endpoint", "state", "due_at");

-- AddForeignKey
ALTER TABLE "outbox_delivery" ADD CONSTRAINT "outbox_delivery_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "outbox_message"("id") ON DELETE CASCADE ON UPDATE CASCADE;
