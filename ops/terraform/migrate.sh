#!/bin/sh
# Runs the migration of an installation to its end: as a task of its own, before the services are replaced. Fails when it fails.
set -eu
cd "$(dirname "$0")"

cluster=$(terraform output -raw cluster)
task=$(aws ecs run-task \
  --cluster "$cluster" \
  --launch-type FARGATE \
  --task-definition "$(terraform output -raw migrate_task)" \
  --network-configuration "$(terraform output -raw migrate_network)" \
  --query 'tasks[0].taskArn' --output text)
case $task in
  arn:*) echo "Migrating: $task" ;;
  *) echo "No task was started: $task" >&2 && exit 1 ;;
esac

# Each wait gives up after ten minutes; a table of a billion rows may take longer.
waits=0
until aws ecs wait tasks-stopped --cluster "$cluster" --tasks "$task"; do
  waits=$((waits + 1))
  [ "$waits" -lt 6 ] || { echo "It still runs after an hour: $task" >&2 && exit 1; }
done

# Nothing as a code: the service was never started, and the reason says why.
code=$(aws ecs describe-tasks --cluster "$cluster" --tasks "$task" \
  --query "tasks[0].containers[?name=='bellwether'].exitCode | [0]" --output text)
[ "$code" = 0 ] && echo 'Migrated.' && exit 0
reason=$(aws ecs describe-tasks --cluster "$cluster" --tasks "$task" --query 'tasks[0].stoppedReason' --output text)
echo "The migration failed with code $code: $reason" >&2
exit 1
