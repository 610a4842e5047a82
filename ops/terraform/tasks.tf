# What runs: one image in three roles. In each task a first container fetches the authorities of RDS, then the service starts.

locals {
  image = { api = var.image, worker = var.image, migrate = coalesce(var.migrate_image, var.image) }

  # A migration changes tables of any size, but PostgreSQL does the work.
  size = {
    api     = { cpu = var.api.cpu, memory = var.api.memory }
    worker  = { cpu = var.worker.cpu, memory = var.worker.memory }
    migrate = { cpu = 512, memory = 1024 }
  }

  # Written by the first container, read by the second: the folder that the image has for data is the only one that may be written to.
  certificates = { file = "/data/rds.pem", url = "https://truststore.pki.rds.amazonaws.com/${var.region}/${var.region}-bundle.pem" }

  # Whoever answers on that address has to show a certificate of RDS.
  database_url = "postgresql://bellwether@%s/bellwether?sslmode=verify-full&sslrootcert=${local.certificates.file}"

  # An empty value is left out.
  environment = {
    DATABASE_URL              = format(local.database_url, aws_db_instance.main.endpoint)
    DATABASE_REPLICA_URL      = join("", [for replica in aws_db_instance.replica : format(local.database_url, replica.endpoint)])
    REDIS_QUEUE_URL           = "rediss://${aws_elasticache_replication_group.main["queue"].primary_endpoint_address}:${local.ports.valkey}"
    REDIS_CACHE_URL           = "rediss://${aws_elasticache_replication_group.main["cache"].primary_endpoint_address}:${local.ports.valkey}"
    BELLWETHER_ORIGINS        = join(",", var.origins)
    BELLWETHER_RETENTION_DAYS = tostring(var.retention_days)
    BELLWETHER_METRICS_PORT   = tostring(local.ports.metrics)
    PORT                      = tostring(local.ports.service)
    TMPDIR                    = "/data"
  }
  own_environment = {
    # While /ready says 503 the balancer takes the instance out: two checks, 5 s apart.
    api     = { WEB_CONCURRENCY = tostring(var.api.processes), BELLWETHER_DRAIN_SECONDS = "15" }
    worker  = {}
    migrate = {}
  }

  ready = "fetch(`http://127.0.0.1:$${process.env.PORT}/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"

  confined = {
    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"], add = [] } }
    mountPoints            = [{ sourceVolume = "data", containerPath = "/data", readOnly = false }]
    portMappings           = []
    systemControls         = []
    volumesFrom            = []
    repositoryCredentials  = var.registry_secret_arn == "" ? null : { credentialsParameter = var.registry_secret_arn }
  }
}

resource "aws_ecs_task_definition" "main" {
  for_each = local.image

  family                   = "${local.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = tostring(local.size[each.key].cpu)
  memory                   = tostring(local.size[each.key].memory)
  execution_role_arn       = aws_iam_role.execution.arn
  # That of the release before stays: a deployment that fails goes back to it.
  skip_destroy = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  volume {
    name = "data"
  }

  container_definitions = jsonencode([
    merge(local.confined, {
      name        = "certificates"
      image       = each.value
      essential   = false
      entryPoint  = ["node", "--input-type=module", "--eval", file("${path.module}/certificates.mjs")]
      environment = [for name, value in { CERTIFICATES_URL = local.certificates.url, CERTIFICATES_FILE = local.certificates.file } : { name = name, value = value }]

      logConfiguration = local.logging[each.key]
    }),
    merge(local.confined, {
      name      = "bellwether"
      image     = each.value
      essential = true
      command   = [each.key]
      dependsOn = [{ containerName = "certificates", condition = "SUCCESS" }]

      environment  = [for name, value in merge(local.environment, local.own_environment[each.key]) : { name = name, value = value } if value != ""]
      secrets      = [for name, secret in aws_secretsmanager_secret.main : { name = name, valueFrom = secret.arn }]
      portMappings = each.key == "migrate" ? [] : [for port in [local.ports.service, local.ports.metrics] : { containerPort = port, hostPort = port, protocol = "tcp" }]

      # Of every role that stays: a worker answers here too.
      healthCheck = each.key == "migrate" ? null : { command = ["CMD", "node", "-e", local.ready], interval = 10, timeout = 3, retries = 3, startPeriod = 60 }
      # It drains for up to 15 s and ends within 5 more.
      stopTimeout      = 30
      ulimits          = [{ name = "nofile", softLimit = 65536, hardLimit = 65536 }]
      logConfiguration = local.logging[each.key]
      # Secrets are read at the start: others than before take a new task.
      dockerLabels = { secrets = tostring(var.secrets_version) }
    }),
  ])

  # Secrets are read when a task starts: each has a value before there is anything to start.
  depends_on = [aws_secretsmanager_secret_version.main]
}
