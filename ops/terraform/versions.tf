terraform {
  # Write-only arguments, which keep secrets out of the state, came with 1.11.
  required_version = ">= 1.11.0, < 2.0.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }

  # Where the state lies is said at `terraform init -backend-config=...`; `bootstrap` makes the bucket.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Application = "bellwether"
      Environment = var.environment
    }
  }
}

locals {
  # Of everything that has a name: bellwether-production-...
  name = "bellwether-${var.environment}"
}
