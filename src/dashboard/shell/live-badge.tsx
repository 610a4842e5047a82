import { Badge, Tooltip } from '@mantine/core';
import { useConnection } from '../api/use-connection.js';
import { duration, useNow } from '../format/time.js';

/** Whether what is shown is live, and how old it is when it is not. */
export function LiveBadge() {
  const { state, heardAt } = useConnection();
  const now = useNow(state === 'reconnecting' ? 1_000 : null);
  if (state === 'idle') return null;
  const [text, colour, hint] =
    state === 'live'
      ? ['Live', 'teal', 'Changes arrive as they happen']
      : state === 'connecting'
        ? ['Connecting', 'gray', 'Waiting for the service']
        : [
            `Reconnecting · data ${duration(now - (heardAt ?? now))} old`,
            'orange',
            'The connection was lost; it is tried again until it is back, and goes on where it stopped',
          ];
  return (
    <Tooltip label={hint}>
      <Badge variant="dot" color={colour} tt="none" fw={500} role="status" data-connection={state} style={{ flexShrink: 0 }}>
        {text}
      </Badge>
    </Tooltip>
  );
}
