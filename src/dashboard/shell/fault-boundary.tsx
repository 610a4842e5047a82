import { Button, Center, Code, Stack, Text, Title } from '@mantine/core';
import { Component, type ReactNode } from 'react';

interface FaultBoundaryProps {
  /** Another place is tried anew. */
  readonly place: string;
  readonly children: ReactNode;
}

interface Fault {
  readonly error: unknown;
  readonly place: string;
}

/**
 * Keeps a page that fails from taking the frame with it. A common cause is no fault of ours: the service was updated, and the parts of a page
 * opened before are no longer there.
 */
export class FaultBoundary extends Component<FaultBoundaryProps, { readonly fault: Fault | null }> {
  override state = { fault: null as Fault | null };

  static getDerivedStateFromError(error: unknown) {
    return { fault: { error, place: window.location.pathname } };
  }

  override componentDidUpdate() {
    if (this.state.fault && this.state.fault.place !== this.props.place) this.setState({ fault: null });
  }

  override render() {
    const { fault } = this.state;
    if (!fault) return this.props.children;
    return (
      <Center mih={320} p="md">
        <Stack align="center" gap="sm" role="alert">
          <Title order={1} size="h3">
            This page could not be shown
          </Title>
          <Text c="dimmed">The dashboard may have been updated since you opened it. Nothing was changed.</Text>
          <Code className="break">{fault.error instanceof Error ? fault.error.message : String(fault.error)}</Code>
          <Button onClick={() => window.location.reload()}>Load it anew</Button>
        </Stack>
      </Center>
    );
  }
}
