# For thousands of requests a second: each part survives the loss of a zone.
nat_gateways           = 3
postgres_class         = "db.r7g.2xlarge"
postgres_storage       = { gib = 1000, max_gib = 4000 }
postgres_multi_az      = true
postgres_replica_class = "db.r7g.xlarge"
valkey_node_types      = { queue = "cache.m7g.large", cache = "cache.m7g.large" }
api                    = { cpu = 2048, memory = 4096, processes = 2, min = 4, max = 20 }
worker                 = { cpu = 2048, memory = 4096, min = 3, max = 9 }
log_days               = 30
