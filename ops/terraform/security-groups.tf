# Who may talk to whom: clients to the balancer, it to the API, tasks to the stores. Rules are resources of their own,
# so that a change of one does not take the others away for a moment.

locals {
  ports = { service = 4000, metrics = 9464, postgres = 5432, valkey = 6379 }
}

resource "aws_security_group" "balancer" {
  name_prefix = "${local.name}-balancer-"
  description = "Load balancer of Bellwether"
  vpc_id      = aws_vpc.main.id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "service" {
  name_prefix = "${local.name}-service-"
  description = "API, worker and migration of Bellwether"
  vpc_id      = aws_vpc.main.id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "stores" {
  name_prefix = "${local.name}-stores-"
  description = "PostgreSQL and Valkey of Bellwether"
  vpc_id      = aws_vpc.main.id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  for_each = { for rule in setproduct(var.allowed_cidrs, [80, 443]) : "${rule[0]}:${rule[1]}" => { cidr = rule[0], port = rule[1] } }

  security_group_id = aws_security_group.balancer.id
  description       = each.value.port == 80 ? "Sent on to 443" : "Clients"
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "Requests to the API"
  referenced_security_group_id = aws_security_group.service.id
  ip_protocol                  = "tcp"
  from_port                    = local.ports.service
  to_port                      = local.ports.service
}

resource "aws_vpc_security_group_ingress_rule" "service" {
  security_group_id            = aws_security_group.service.id
  description                  = "Requests from the balancer"
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = local.ports.service
  to_port                      = local.ports.service
}

# A Prometheus, or a collector, that runs as a task in this group reads the metrics of the others.
resource "aws_vpc_security_group_ingress_rule" "metrics" {
  security_group_id            = aws_security_group.service.id
  description                  = "Metrics, read by a collector in this group"
  referenced_security_group_id = aws_security_group.service.id
  ip_protocol                  = "tcp"
  from_port                    = local.ports.metrics
  to_port                      = local.ports.metrics
}

# Images, secrets, logs, webhooks, traces: they are anywhere.
resource "aws_vpc_security_group_egress_rule" "service" {
  security_group_id = aws_security_group.service.id
  description       = "Stores, services of AWS, webhooks"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_vpc_security_group_ingress_rule" "stores" {
  for_each = toset(["postgres", "valkey"])

  security_group_id            = aws_security_group.stores.id
  description                  = "Tasks to ${each.key}"
  referenced_security_group_id = aws_security_group.service.id
  ip_protocol                  = "tcp"
  from_port                    = local.ports[each.key]
  to_port                      = local.ports[each.key]
}
