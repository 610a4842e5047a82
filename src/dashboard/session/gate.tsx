import { Button, Center, Loader, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { Provider, useQuery } from 'urql';
import { type Api, createApi } from '../api/client.js';
import { ConnectionContext } from '../api/use-connection.js';
import { useRecovery } from '../api/use-recovery.js';
import { ViewerDocument } from '../generated/graphql.js';
import { createSessionStore, type SessionStore } from './session.js';
import { SignIn } from './sign-in.js';
import { ViewerContext } from './viewer.js';

const session = createSessionStore(window.sessionStorage);

/** Lets in whoever has a key that may see results, and asks everybody else for one. */
export function Gate({ children }: { readonly children: (signOut: () => void) => ReactNode }) {
  const current = useSyncExternalStore(session.subscribe, session.get);
  if (current.key === null) return <SignIn cause={current.cause} onSignIn={session.signIn} />;
  return (
    // Another key is another client: nothing that one key has seen is shown to the next.
    <SignedIn key={current.key} secret={current.key} session={session}>
      {children}
    </SignedIn>
  );
}

interface SignedInProps {
  readonly secret: string;
  readonly session: SessionStore;
  readonly children: (signOut: () => void) => ReactNode;
}

function SignedIn({ secret, session, children }: SignedInProps) {
  const [api, setApi] = useState<Api | null>(null);
  useEffect(() => {
    const made = createApi({ key: secret, onRefused: () => session.signOut('revoked') });
    setApi(made);
    return made.close;
  }, [secret, session]);
  if (!api) return null;
  return (
    <Provider value={api.client}>
      <ConnectionContext value={api.connection}>
        <Admission session={session}>{children(() => session.signOut('none'))}</Admission>
      </ConnectionContext>
    </Provider>
  );
}

/** Asks the service whose key it is before anything else is asked with it. */
function Admission({ session, children }: { readonly session: SessionStore; readonly children: ReactNode }) {
  const [{ data, error, fetching }, ask] = useQuery({ query: ViewerDocument });
  useRecovery(error, ask);
  const viewer = data?.viewer;
  const cause = data === undefined ? null : !viewer ? 'refused' : viewer.scope === 'READ' || viewer.scope === 'ADMIN' ? null : 'scope';
  useEffect(() => {
    if (cause) session.signOut(cause);
  }, [cause, session]);

  if (viewer && cause === null) return <ViewerContext value={viewer}>{children}</ViewerContext>;
  if (error && !fetching) {
    return (
      <Center component="main" mih="100dvh">
        <Stack align="center" gap="sm" role="alert">
          <Title order={1} size="h3">
            The service cannot be reached
          </Title>
          <Text c="dimmed">You are still signed in.</Text>
          <Button onClick={() => ask({ requestPolicy: 'network-only' })}>Try again</Button>
        </Stack>
      </Center>
    );
  }
  return (
    <Center component="main" mih="100dvh">
      <Loader aria-label="Signing in" />
    </Center>
  );
}
