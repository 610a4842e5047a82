# Logs are lines of JSON without personal data. Groups are made here, so that they are not kept for ever by default.

resource "aws_cloudwatch_log_group" "tasks" {
  for_each = local.image

  name              = "/bellwether/${var.environment}/${each.key}"
  retention_in_days = var.log_days
}

# By the names that RDS writes to.
resource "aws_cloudwatch_log_group" "postgres" {
  for_each = toset(["postgresql", "upgrade"])

  name              = "/aws/rds/instance/${local.name}/${each.key}"
  retention_in_days = var.log_days
}

locals {
  logging = {
    for role, group in aws_cloudwatch_log_group.tasks : role => {
      logDriver = "awslogs"
      options = {
        awslogs-group         = group.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "task"
        # A service that waits for its log does not serve: lines are dropped when CloudWatch is slow.
        mode            = "non-blocking"
        max-buffer-size = "8m"
      }
    }
  }
}

resource "aws_cloudwatch_log_metric_filter" "errors" {
  for_each = local.services

  name           = "errors"
  log_group_name = aws_cloudwatch_log_group.tasks[each.key].name
  pattern        = "{ $.level = \"error\" || $.level = \"fatal\" }"

  metric_transformation {
    namespace     = "Bellwether/${var.environment}"
    name          = "${each.key}-errors"
    value         = "1"
    default_value = "0"
  }
}
