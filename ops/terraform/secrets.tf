# Drawn when they are written and read where they are used: none of them is in the state, in a plan or in a file.

locals {
  # What each holds, by the variable that the service reads it from.
  secrets = {
    DATABASE_PASSWORD     = "Password of the user bellwether of PostgreSQL"
    BELLWETHER_ADMIN_KEY  = "API key of scope ADMIN"
    BELLWETHER_READ_KEY   = "API key of scope READ"
    BELLWETHER_SERVER_KEY = "API key of scope SERVER"
    BELLWETHER_CLIENT_KEY = "API key of scope CLIENT"
  }
}

resource "aws_secretsmanager_secret" "main" {
  for_each = local.secrets

  name        = "${local.name}/${lower(replace(each.key, "_", "-"))}"
  description = each.value
  # Days in which a deletion can be taken back.
  recovery_window_in_days = 7
}

ephemeral "aws_secretsmanager_random_password" "drawn" {
  for_each = local.secrets

  password_length     = 48
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret_version" "main" {
  for_each = local.secrets

  secret_id                = aws_secretsmanager_secret.main[each.key].id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.drawn[each.key].random_password
  secret_string_wo_version = var.secrets_version
}

# What was written, not what this run has drawn: they differ in every run but the first.
ephemeral "aws_secretsmanager_secret_version" "database_password" {
  secret_id = aws_secretsmanager_secret_version.main["DATABASE_PASSWORD"].secret_id
}
