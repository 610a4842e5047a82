# TLS ends here. Requests and WebSockets take the same way; which instance answers does not matter, so nobody is tied to one.

resource "aws_lb" "main" {
  name               = local.name
  load_balancer_type = "application"
  subnets            = [for subnet in aws_subnet.public : subnet.id]
  security_groups    = [aws_security_group.balancer.id]
  # Below the 72 s after which an instance closes a connection, so that nothing is sent into a closed one; sockets are pinged every 12 s.
  idle_timeout               = 60
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection
}

resource "aws_lb_target_group" "api" {
  name        = "${local.name}-api"
  vpc_id      = aws_vpc.main.id
  target_type = "ip"
  port        = local.ports.service
  protocol    = "HTTP"
  # What is under way when an instance leaves; it answers within seconds, and clients of sockets come back by themselves.
  deregistration_delay = "20"
  # Sockets last: after a deployment they go where there are few.
  load_balancing_algorithm_type = "least_outstanding_requests"

  # 503 before definitions are there, and again while an instance drains.
  health_check {
    path                = "/ready"
    matcher             = "200"
    interval            = 5
    timeout             = 3
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.main.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api.arn
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}
