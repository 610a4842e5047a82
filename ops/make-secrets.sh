#!/bin/sh
# Makes what docker-compose.yml reads its secrets from, in the folder `secrets`; those that are there stay as they are.
set -eu
cd "$(dirname "$0")/.."
# Nobody else gets to the files; the containers, whose users are others, may read what is mounted into them.
mkdir -p secrets
chmod 700 secrets
for name in postgres_password admin_key read_key server_key client_key; do
  [ -e "secrets/$name" ] || od -An -N32 -tx1 /dev/urandom | tr -d ' \n' > "secrets/$name"
  chmod 444 "secrets/$name"
done
echo "secrets/admin_key is the key of scope ADMIN; read_key, server_key and client_key are those of the other scopes."
