import { Anchor, Box, Button, Group, Menu, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { type ReactNode, useRef } from 'react';
import { Link } from 'wouter';
import { routes } from '../routes.js';
import { useMayAct, useViewer } from '../session/viewer.js';
import { LiveBadge } from './live-badge.js';
import { Logo } from './logo.js';
import classes from './shell.module.css';
import { useArrival } from './use-arrival.js';

/** The frame of every page: where one is, whether it is live, who one is. */
export function Shell({ onSignOut, children }: { readonly onSignOut: () => void; readonly children: ReactNode }) {
  const mayAct = useMayAct();
  const content = useRef<HTMLDivElement>(null);
  useArrival(content);
  return (
    <>
      <a href="#content" className="skip-link">
        Skip to content
      </a>
      <Box component="header" className={classes.header}>
        <Group className={classes.bar} gap="sm" justify="space-between" wrap="nowrap">
          <Anchor component={Link} href={routes.list} c="inherit" underline="never" aria-label="Bellwether, all experiments">
            <Logo />
          </Anchor>
          <Group gap="xs" wrap="nowrap" justify="flex-end">
            <LiveBadge />
            {mayAct && (
              <Button component={Link} href={routes.create} size="xs">
                New<span className={classes.wide}>&nbsp;experiment</span>
              </Button>
            )}
            <ViewerMenu onSignOut={onSignOut} />
          </Group>
        </Group>
      </Box>
      <Box component="main" id="content" ref={content} tabIndex={-1} className={classes.content}>
        {children}
      </Box>
    </>
  );
}

const schemes = [
  ['auto', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;

function ViewerMenu({ onSignOut }: { readonly onSignOut: () => void }) {
  const { name, scope } = useViewer();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={220} withinPortal>
      <Menu.Target>
        <UnstyledButton className={classes.viewer} aria-label={`Key ${name}, ${scope}: menu`}>
          <Text size="sm" fw={600}>
            {scope}
          </Text>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          Signed in with the key “{name}”, which may {scope === 'ADMIN' ? 'see and change everything' : 'see everything and change nothing'}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>Appearance</Menu.Label>
        {schemes.map(([scheme, label]) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={colorScheme === scheme}
            rightSection={colorScheme === scheme ? '✓' : null}
            onClick={() => setColorScheme(scheme)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={onSignOut}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
