# How large it is: small.tfvars and large.tfvars say it for two loads, docs/aws.md what they cost.

variable "nat_gateways" {
  type        = number
  description = "1: all private subnets leave by one zone, which is cheaper; 3: each by its own, so that the loss of a zone is not that of the others."

  validation {
    condition     = contains([1, 3], var.nat_gateways)
    error_message = "Give 1 or 3."
  }
}

variable "postgres_version" {
  type        = string
  description = "Major version of PostgreSQL, 17 or newer; minor ones come by themselves in the maintenance window."
  default     = "17"

  validation {
    condition     = can(regex("^[0-9]+$", var.postgres_version)) && try(tonumber(var.postgres_version), 0) >= 17
    error_message = "Give a major version from 17 on."
  }
}

variable "postgres_class" {
  type        = string
  description = "Instance class of the database, as in db.r7g.large."
}

variable "postgres_storage" {
  type = object({
    gib     = number
    max_gib = number
  })
  description = "GiB of gp3 to begin with, and up to which it grows by itself."

  validation {
    condition     = var.postgres_storage.gib >= 20 && var.postgres_storage.max_gib >= var.postgres_storage.gib * 1.1
    error_message = "Begin with 20 GiB or more, and let it grow by a tenth at least: less is refused by RDS."
  }
}

variable "postgres_multi_az" {
  type        = bool
  description = "Whether a standby in another zone takes over within a minute or two."
}

variable "postgres_replica_class" {
  type        = string
  description = "Instance class of the read replica; null: there is none."
}

variable "valkey_node_types" {
  type = object({
    queue = string
    cache = string
  })
  description = "Node types of the two Valkey groups, as in cache.m7g.large; each group has three nodes."
}

variable "api" {
  type = object({
    cpu       = number
    memory    = number
    processes = number
    min       = number
    max       = number
  })
  description = "The API: CPU units (1024 are one vCPU) and MiB of a task, processes in it (one a vCPU), fewest and most tasks."

  validation {
    condition     = var.api.min >= 2 && var.api.max >= var.api.min && var.api.processes >= 1
    error_message = "Run two tasks of one process or more: a deployment and the loss of a zone then go unnoticed."
  }
}

variable "worker" {
  type = object({
    cpu    = number
    memory = number
    min    = number
    max    = number
  })
  description = "The worker: CPU units and MiB of a task, fewest and most tasks."

  validation {
    condition     = var.worker.min >= 1 && var.worker.max >= var.worker.min
    error_message = "Run one task or more."
  }
}

variable "log_days" {
  type        = number
  description = "Days that logs are kept, of the numbers that CloudWatch knows."

  validation {
    condition     = contains([7, 14, 30, 60, 90, 180, 365], var.log_days)
    error_message = "Give 7, 14, 30, 60, 90, 180 or 365."
  }
}
