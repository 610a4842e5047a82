# A first installation, or staging: everything is there, and the loss of a zone costs minutes.
nat_gateways           = 1
postgres_class         = "db.t4g.medium"
postgres_storage       = { gib = 50, max_gib = 200 }
postgres_multi_az      = false
postgres_replica_class = "db.t4g.medium"
valkey_node_types      = { queue = "cache.t4g.micro", cache = "cache.t4g.micro" }
api                    = { cpu = 512, memory = 1024, processes = 1, min = 2, max = 6 }
worker                 = { cpu = 512, memory = 1024, min = 1, max = 3 }
log_days               = 14
