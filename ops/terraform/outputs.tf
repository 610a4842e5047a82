# What a pipeline and people need. Secrets are named, never shown.

output "address" {
  description = "Name of the load balancer: what the name that clients call is an alias or CNAME of."
  value       = aws_lb.main.dns_name
}

output "address_zone" {
  description = "Hosted zone of the load balancer, for an alias record."
  value       = aws_lb.main.zone_id
}

output "cluster" {
  description = "Cluster that tasks run in."
  value       = aws_ecs_cluster.main.name
}

output "image" {
  description = "Image that the services run: what they stay with while a migration goes ahead."
  value       = var.image
}

output "migrate_task" {
  description = "Task definition of the migration."
  value       = aws_ecs_task_definition.main["migrate"].arn
}

output "migrate_network" {
  description = "Where the migration runs, as `aws ecs run-task --network-configuration` takes it."
  value = jsonencode({
    awsvpcConfiguration = {
      subnets        = [for subnet in aws_subnet.private : subnet.id]
      securityGroups = [aws_security_group.service.id]
      assignPublicIp = "DISABLED"
    }
  })
}

output "secrets" {
  description = "Secrets of Secrets Manager, by the variable that the service reads each from."
  value       = { for name, secret in aws_secretsmanager_secret.main : name => secret.name }
}

output "postgres_endpoint" {
  description = "Address of the database, inside the VPC."
  value       = aws_db_instance.main.endpoint
}

output "postgres_replica_endpoint" {
  description = "Address of the read replica, inside the VPC; null: there is none."
  value       = one(aws_db_instance.replica[*].endpoint)
}

output "alarm_topic_arn" {
  description = "Topic of SNS that alarms are sent to."
  value       = aws_sns_topic.alarms.arn
}
