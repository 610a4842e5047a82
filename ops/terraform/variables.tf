# Where it runs and who may reach it. Sizes are in variables-sizes.tf.

variable "region" {
  type        = string
  description = "AWS region, of three availability zones or more."
}

variable "environment" {
  type        = string
  description = "Name of this installation, in every name and tag: staging, production."

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,15}$", var.environment))
    error_message = "Use 2 to 16 small letters and digits, a letter first: names of load balancers end at 32 characters."
  }
}

variable "vpc_cidr" {
  type        = string
  description = "Addresses of the VPC, a /16 to /20; each zone gets two sixteenths of them."
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && tonumber(split("/", var.vpc_cidr)[1]) >= 16 && tonumber(split("/", var.vpc_cidr)[1]) <= 20
    error_message = "Give a network of IPv4 between /16 and /20, as in 10.40.0.0/16."
  }
}

variable "certificate_arn" {
  type        = string
  description = "Certificate of ACM, in this region, for the name that clients call."

  validation {
    condition     = startswith(var.certificate_arn, "arn:aws")
    error_message = "Give the ARN of a certificate of ACM."
  }
}

variable "allowed_cidrs" {
  type        = list(string)
  description = "Networks that may call the load balancer. Browsers and apps of the public need all of them."
  default     = ["0.0.0.0/0"]
}

variable "origins" {
  type        = list(string)
  description = "Origins that browsers may call from, as in https://shop.example (BELLWETHER_ORIGINS)."
  default     = []
}

variable "image" {
  type        = string
  description = "Image of the API and the worker, by digest or by a tag that never moves."
}

variable "migrate_image" {
  type        = string
  description = "Image of the migration, which is ahead of the others while a deployment is under way; null: the same as theirs."
  default     = null
}

variable "registry_secret_arn" {
  type        = string
  description = "ARN of a secret of Secrets Manager with username and password for a private registry; empty: the image is public, or in ECR."
  default     = ""
}

variable "alarm_emails" {
  type        = list(string)
  description = "Addresses that are told of alarms; each confirms once. Pagers subscribe to the topic of the output alarm_topic_arn."
  default     = []
}

variable "secrets_version" {
  type        = number
  description = "Raise it to have the password of the database and four more keys drawn, all at once; old keys are good until they are revoked."
  default     = 1
}

variable "retention_days" {
  type        = number
  description = "Days that raw events are kept (BELLWETHER_RETENTION_DAYS), 1 to 3650."
  default     = 30

  validation {
    condition     = var.retention_days >= 1 && var.retention_days <= 3650
    error_message = "Give 1 to 3650 days."
  }
}

variable "deletion_protection" {
  type        = bool
  description = "Whether the database and the load balancer refuse to be deleted; false for installations to be thrown away."
  default     = true
}
