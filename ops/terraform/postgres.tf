# The record: all that must not be lost.

resource "aws_db_subnet_group" "main" {
  name        = local.name
  description = "Private subnets of Bellwether"
  subnet_ids  = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_db_parameter_group" "main" {
  name_prefix = "${local.name}-postgres${var.postgres_version}-"
  description = "PostgreSQL of Bellwether"
  family      = "postgres${var.postgres_version}"

  # A statement over all days of events takes a lock on each partition and each of its indexes.
  parameter {
    name         = "max_locks_per_transaction"
    value        = "256"
    apply_method = "pending-reboot"
  }

  # 21 for each process at its most, 23 for a worker, twice during a release, and some for people. By default it goes by the class, and a replica must allow as many as the
  # primary, whatever its own.
  parameter {
    name         = "max_connections"
    value        = tostring((var.api.max * var.api.processes * 21 + var.worker.max * 23) * 2 + 20)
    apply_method = "pending-reboot"
  }

  parameter {
    name         = "rds.force_ssl"
    value        = "1"
    apply_method = "immediate"
  }

  # A session that was left in a transaction keeps old rows alive, and vacuum waits for it.
  parameter {
    name         = "idle_in_transaction_session_timeout"
    value        = "60000"
    apply_method = "immediate"
  }

  # Counts change rows again and again: dead ones are to go before they are a fifth of the table.
  parameter {
    name         = "autovacuum_vacuum_scale_factor"
    value        = "0.05"
    apply_method = "immediate"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "main" {
  identifier = local.name

  engine                      = "postgres"
  engine_version              = var.postgres_version
  auto_minor_version_upgrade  = true
  allow_major_version_upgrade = false
  parameter_group_name        = aws_db_parameter_group.main.name
  ca_cert_identifier          = "rds-ca-rsa2048-g1"

  instance_class        = var.postgres_class
  multi_az              = var.postgres_multi_az
  storage_type          = "gp3"
  storage_encrypted     = true
  allocated_storage     = var.postgres_storage.gib
  max_allocated_storage = var.postgres_storage.max_gib

  db_name             = "bellwether"
  username            = "bellwether"
  password_wo         = ephemeral.aws_secretsmanager_secret_version.database_password.secret_string
  password_wo_version = var.secrets_version

  db_subnet_group_name   = aws_db_subnet_group.main.name
  vpc_security_group_ids = [aws_security_group.stores.id]
  publicly_accessible    = false

  # Any second of these days can be gone back to.
  backup_retention_period   = 30
  backup_window             = "02:00-03:00"
  maintenance_window        = "sun:03:30-sun:04:30"
  copy_tags_to_snapshot     = true
  delete_automated_backups  = false
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.deletion_protection
  final_snapshot_identifier = "${local.name}-final"

  performance_insights_enabled    = true
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]

  depends_on = [aws_cloudwatch_log_group.postgres]
}

# Answers what people look at, and their own queries; promoted by hand should the first be lost with its standby.
resource "aws_db_instance" "replica" {
  count = var.postgres_replica_class == null ? 0 : 1

  identifier          = "${local.name}-replica"
  replicate_source_db = aws_db_instance.main.identifier

  instance_class             = var.postgres_replica_class
  parameter_group_name       = aws_db_parameter_group.main.name
  auto_minor_version_upgrade = true
  ca_cert_identifier         = "rds-ca-rsa2048-g1"
  storage_type               = "gp3"
  storage_encrypted          = true
  max_allocated_storage      = var.postgres_storage.max_gib

  vpc_security_group_ids = [aws_security_group.stores.id]
  publicly_accessible    = false

  maintenance_window    = "sun:05:00-sun:06:00"
  copy_tags_to_snapshot = true
  deletion_protection   = var.deletion_protection
  skip_final_snapshot   = true

  performance_insights_enabled = true
}
