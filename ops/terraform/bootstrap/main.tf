# Once for each environment and by a person with rights over the account: the bucket of the state, and the role that pipelines take.
# Its own state is small and stays with whoever ran it; everything in it can be imported again.

terraform {
  required_version = ">= 1.11.0, < 2.0.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }
}

provider "aws" {
  region = var.region
}

variable "region" {
  type        = string
  description = "AWS region of the bucket and of the installation."
}

variable "environment" {
  type        = string
  description = "Environment of GitHub whose jobs may deploy; the same name as that of the installation."
}

variable "repository" {
  type        = string
  description = "Repository whose jobs may deploy, as owner/name."

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "Give owner/name."
  }
}

variable "oidc_provider_arn" {
  type        = string
  description = "The account's identity provider for token.actions.githubusercontent.com, of which there can be one; null: make it."
  default     = null
}

data "aws_caller_identity" "me" {}

locals {
  name = "bellwether-${var.environment}"
}

resource "aws_s3_bucket" "state" {
  bucket = "${local.name}-state-${data.aws_caller_identity.me.account_id}"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket = aws_s3_bucket.state.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

output "state_bucket" {
  description = "For the variable STATE_BUCKET of the environment at GitHub."
  value       = aws_s3_bucket.state.bucket
}

output "deploy_role_arn" {
  description = "For the variable DEPLOY_ROLE_ARN of the environment at GitHub."
  value       = aws_iam_role.deploy.arn
}
