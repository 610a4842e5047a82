import { Group, Text } from '@mantine/core';
import icon from '../icon.svg';
import classes from './shell.module.css';

export function Logo() {
  return (
    <Group gap={8} wrap="nowrap">
      <img src={icon} alt="" width={24} height={24} />
      <Text fw={650} className={classes.name}>
        Bellwether
      </Text>
    </Group>
  );
}
