# Two groups as different as what they hold: the queue must not evict, the cache may forget anything.
# Reached over TLS and by the tasks alone. There is no password: it would lie in the state, and what is in them is no secret:
# names of jobs, locks, compiled definitions, counts.

locals {
  valkey = {
    queue = {
      description   = "Jobs and locks of Bellwether"
      policy        = "noeviction"
      snapshot_days = 7
    }
    cache = {
      description   = "Copies of what PostgreSQL holds, and announcements"
      policy        = "allkeys-lru"
      snapshot_days = 0
    }
  }
}

resource "aws_elasticache_subnet_group" "main" {
  name        = local.name
  description = "Private subnets of Bellwether"
  subnet_ids  = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_elasticache_parameter_group" "main" {
  for_each = local.valkey

  name        = "${local.name}-${each.key}"
  description = each.value.description
  family      = "valkey8"

  parameter {
    name  = "maxmemory-policy"
    value = each.value.policy
  }
}

resource "aws_elasticache_replication_group" "main" {
  for_each = local.valkey

  replication_group_id = "${local.name}-${each.key}"
  description          = each.value.description
  engine               = "valkey"
  engine_version       = "8.1"
  node_type            = var.valkey_node_types[each.key]
  parameter_group_name = aws_elasticache_parameter_group.main[each.key].name
  port                 = local.ports.valkey

  # One primary and two replicas, each in a zone of its own.
  num_cache_clusters         = 3
  automatic_failover_enabled = true
  multi_az_enabled           = true

  subnet_group_name          = aws_elasticache_subnet_group.main.name
  security_group_ids         = [aws_security_group.stores.id]
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"

  snapshot_retention_limit   = each.value.snapshot_days
  snapshot_window            = each.value.snapshot_days > 0 ? "01:00-02:00" : null
  maintenance_window         = "sun:06:30-sun:07:30"
  auto_minor_version_upgrade = true
  apply_immediately          = false
}
