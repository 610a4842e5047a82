# Two faults that only a provider's schema tells: what test/ops/terraform.test.ts tries its own checks on.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

resource "aws_vpc" "main" {
  cidr_blok = "10.0.0.0/16"
}

resource "aws_vpc_security_group_ingress_rule" "main" {
  security_group_id = "sg-1"
}
