import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Logo } from '../shell/logo.js';
import type { SignOutCause } from './session.js';

interface SignInProps {
  readonly cause: SignOutCause;
  readonly onSignIn: (key: string) => void;
}

const notices: Readonly<Record<Exclude<SignOutCause, 'none'>, readonly [title: string, text: string]>> = {
  refused: ['This key is not valid', 'It is unknown, has expired, or was revoked. Copy it whole, without spaces, or ask for a new one.'],
  revoked: ['Your key is no longer accepted', 'It was revoked or has expired while you were here. Sign in with another one.'],
  scope: ['This key may not see results', 'It is meant for apps. The dashboard needs a key of scope READ to look, or ADMIN to act.'],
};

/** Where somebody without a valid key arrives, and is told why. */
export function SignIn({ cause, onSignIn }: SignInProps) {
  const [key, setKey] = useState('');
  const notice = cause === 'none' ? null : notices[cause];
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" radius="md" w="100%" maw={420} bg="var(--surface)">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (key.trim() !== '') onSignIn(key.trim());
          }}
        >
          <Stack gap="md">
            <Logo />
            <Title order={1} size="h3">
              Sign in
            </Title>
            {notice && (
              <Alert color="red" variant="light" title={notice[0]} role="alert">
                {notice[1]}
              </Alert>
            )}
            <PasswordInput
              label="Key"
              description="READ sees everything, ADMIN can also act. It is kept in this tab until you close it."
              placeholder="Paste your key"
              autoComplete="current-password"
              spellCheck={false}
              data-autofocus
              autoFocus
              value={key}
              onChange={({ currentTarget }) => setKey(currentTarget.value)}
            />
            <Button type="submit" disabled={key.trim() === ''}>
              Sign in
            </Button>
            <Text size="sm" c="dimmed">
              On your own machine, <code>npm start</code> prints the keys.
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
