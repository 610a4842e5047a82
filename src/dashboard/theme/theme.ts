import { createTheme, type MantineColorsTuple, Modal, Notification } from '@mantine/core';

/** The one accent; from its sixth shade on, white text on it has a contrast of 4.5:1. */
const blue: MantineColorsTuple = [
  '#e9f3fd',
  '#d3e4f7',
  '#a5c8ee',
  '#74aae5',
  '#4c91dd',
  '#3480d8',
  '#0b5cab',
  '#095195',
  '#07437c',
  '#053562',
];

/** Greys of the dark scheme, a little cooler than Mantine's. */
const dark: MantineColorsTuple = [
  '#d5dade',
  '#b3bac0',
  '#8f979e',
  '#5d656c',
  '#3a4046',
  '#30353a',
  '#24282c',
  '#1b1e21',
  '#15181a',
  '#101214',
];

/** Red and yellow whose darker shades are read on their lightest, and under white, with 4.5:1. */
const red: MantineColorsTuple = [
  '#fff0ee',
  '#ffe2de',
  '#fcc0b8',
  '#f99b8e',
  '#f98d7d',
  '#e0523f',
  '#b93022',
  '#a3271b',
  '#8c2016',
  '#731a11',
];
const yellow: MantineColorsTuple = [
  '#fff9e6',
  '#fff1c7',
  '#fce3a0',
  '#f6cf6b',
  '#efc04a',
  '#d39d1b',
  '#8f6300',
  '#7d5600',
  '#6d4a00',
  '#5c3f00',
];

/** The cross of what lies above the page has no words of its own. */
const closeButtonProps = { 'aria-label': 'Close' };

/** Calm and dense: small type, few lines, one accent, fonts of the system. */
export const theme = createTheme({
  primaryColor: 'blue',
  primaryShade: { light: 6, dark: 6 },
  colors: { blue, dark, red, yellow },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  autoContrast: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '600' },
  components: {
    Notification: Notification.extend({ defaultProps: { closeButtonProps } }),
    Modal: Modal.extend({
      defaultProps: { closeButtonProps },
      styles: { content: { background: 'var(--surface)' }, header: { background: 'var(--surface)' }, title: { fontWeight: 600 } },
    }),
  },
});
