# What CloudWatch sees by itself; the service's own metrics have their alerts in ops/prometheus. Each names its part of docs/runbook.md.

resource "aws_sns_topic" "alarms" {
  name = "${local.name}-alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = toset(var.alarm_emails)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

locals {
  balancer  = { LoadBalancer = aws_lb.main.arn_suffix }
  targets   = { LoadBalancer = aws_lb.main.arn_suffix, TargetGroup = aws_lb_target_group.api.arn_suffix }
  databases = merge({ postgres = aws_db_instance.main.identifier }, { for replica in aws_db_instance.replica : "replica" => replica.identifier })
  # Every node of both groups: ElastiCache names them by the group and three digits.
  nodes = { for pair in setproduct(keys(local.valkey), ["001", "002", "003"]) : "${pair[0]}-${pair[1]}" => "${aws_elasticache_replication_group.main[pair[0]].id}-${pair[1]}" }

  # Threshold, comparison, minutes for which it holds, and where to read on.
  alarms = merge(
    {
      slow            = { namespace = "AWS/ApplicationELB", metric = "TargetResponseTime", statistic = "p99", over = 0.5, minutes = 5, dimensions = local.targets, runbook = "Assignments are slow" }
      failing         = { namespace = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", statistic = "Sum", over = 10, minutes = 5, dimensions = local.targets, runbook = "Requests fail inside" }
      unreachable     = { namespace = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", statistic = "Sum", over = 10, minutes = 5, dimensions = local.balancer, runbook = "An instance is down" }
      unhealthy       = { namespace = "AWS/ApplicationELB", metric = "UnHealthyHostCount", statistic = "Maximum", over = 0, minutes = 10, dimensions = local.targets, runbook = "An instance is down" }
      too-few-targets = { namespace = "AWS/ApplicationELB", metric = "HealthyHostCount", statistic = "Minimum", under = var.api.min, minutes = 10, dimensions = local.targets, runbook = "A role has no instance" }
    },
    {
      for role in keys(local.services) : "${role}-errors" =>
      { namespace = "Bellwether/${var.environment}", metric = "${role}-errors", statistic = "Sum", over = 10, minutes = 5, dimensions = {}, runbook = "Other faults" }
    },
    {
      for role, size in local.services : "${role}-at-its-most" =>
      { namespace = "ECS/ContainerInsights", metric = "RunningTaskCount", statistic = "Minimum", over = size.max - 1, minutes = 15, dimensions = { ClusterName = aws_ecs_cluster.main.name, ServiceName = role }, runbook = "Assignments are slow" }
    },
    {
      worker-away = { namespace = "ECS/ContainerInsights", metric = "RunningTaskCount", statistic = "Minimum", under = 1, minutes = 5, dimensions = { ClusterName = aws_ecs_cluster.main.name, ServiceName = "worker" }, runbook = "A role has no instance" }
    },
    {
      for name, id in local.databases : "${name}-cpu" =>
      { namespace = "AWS/RDS", metric = "CPUUtilization", statistic = "Average", over = 80, minutes = 15, dimensions = { DBInstanceIdentifier = id }, runbook = name == "replica" ? "The replica is left out" : "Events wait" }
    },
    {
      for name, id in local.databases : "${name}-disk" =>
      { namespace = "AWS/RDS", metric = "FreeStorageSpace", statistic = "Minimum", under = var.postgres_storage.gib * 1024 * 1024 * 1024 * 0.15, minutes = 5, dimensions = { DBInstanceIdentifier = id }, runbook = "The disk fills" }
    },
    {
      for name, id in local.databases : "${name}-memory" =>
      { namespace = "AWS/RDS", metric = "FreeableMemory", statistic = "Minimum", under = 256 * 1024 * 1024, minutes = 15, dimensions = { DBInstanceIdentifier = id }, runbook = name == "replica" ? "The replica is left out" : "A store is away" }
    },
    {
      for name, id in local.databases : "replica-lag" =>
      { namespace = "AWS/RDS", metric = "ReplicaLag", statistic = "Maximum", over = 60, minutes = 10, dimensions = { DBInstanceIdentifier = id }, runbook = "The replica is left out" } if name == "replica"
    },
    {
      for name, id in local.nodes : "${name}-memory" =>
      { namespace = "AWS/ElastiCache", metric = "DatabaseMemoryUsagePercentage", statistic = "Maximum", over = 75, minutes = 5, dimensions = { CacheClusterId = id }, runbook = "A Redis is nearly full" } if startswith(name, "queue")
    },
    {
      for name, id in local.nodes : "${name}-cpu" =>
      { namespace = "AWS/ElastiCache", metric = "EngineCPUUtilization", statistic = "Average", over = 80, minutes = 10, dimensions = { CacheClusterId = id }, runbook = "Jobs are late" }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "main" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "docs/runbook.md: ${each.value.runbook}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = can(each.value.over) ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = try(each.value.over, each.value.under)
  period              = 60
  evaluation_periods  = each.value.minutes
  # No requests is no fault; nothing that answers is one.
  treat_missing_data = can(each.value.under) ? "breaching" : "notBreaching"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}
