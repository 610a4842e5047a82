import { ActionIcon, Badge, Button, Card, Group, JsonInput, Radio, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { Section, ShareInput } from './fields.js';
import { useFields } from './form-context.js';
import { evenWeights } from './templates.js';
import { emptyVariant } from './values.js';

const mostVariants = 20;

/** What is compared, with weights that show their sum. */
export function VariantsSection({ isLocked }: { readonly isLocked: boolean }) {
  const { form, field } = useFields();
  const { variants } = form.values;
  const sum = variants.reduce((all, { weight }) => all + (weight === '' ? 0 : weight), 0);
  const isWhole = Math.abs(sum - 1) <= 1e-9;

  const setVariants = (next: typeof variants) => form.setFieldValue('variants', next as typeof variants & never[]);
  const even = (list: typeof variants) => {
    const weights = evenWeights(list.length);
    return list.map((variant, place) => ({ ...variant, weight: weights[place] ?? 0 }));
  };

  return (
    <Section
      title="Variants"
      hint="The control is what visitors get today; the others are compared with it."
      path="variants"
      isLocked={isLocked}
    >
      <Radio.Group
        label="Control"
        value={String(variants.findIndex(({ isControl }) => isControl))}
        onChange={(chosen) => setVariants(variants.map((variant, place) => ({ ...variant, isControl: String(place) === chosen })))}
      >
        <Stack gap="sm" mt="xs">
          {variants.map((variant, place) => (
            // Variants have no other identity than their place while keys are being typed.
            <Card key={`variant-${String(place)}`} withBorder padding="sm">
              <Group align="start" wrap="nowrap" gap="sm">
                <Radio value={String(place)} mt={30} aria-label={`${variant.key || 'Variant'} is the control`} disabled={isLocked} />
                <SimpleGrid cols={{ base: 1, xs: 3 }} style={{ flex: 1 }}>
                  <TextInput label="Key" required disabled={isLocked} {...field(`variants.${place}.key`)} />
                  <TextInput label="Name" disabled={isLocked} {...field(`variants.${place}.name`)} />
                  <ShareInput label="Weight" min={0} max={100} disabled={isLocked} {...field(`variants.${place}.weight`)} />
                </SimpleGrid>
                <ActionIcon
                  mt={27}
                  variant="subtle"
                  color="gray"
                  aria-label={`Remove ${variant.key || 'variant'}`}
                  disabled={isLocked || variants.length <= 2}
                  onClick={() => setVariants(even(withoutPlace(variants, place)))}
                >
                  ×
                </ActionIcon>
              </Group>
              <JsonInput
                label="Payload"
                description="JSON that the front end gets with it; may be empty"
                mt="xs"
                autosize
                minRows={1}
                disabled={isLocked}
                {...field(`variants.${place}.payload`)}
              />
            </Card>
          ))}
        </Stack>
      </Radio.Group>
      <Group justify="space-between">
        <Group gap="xs">
          <Button
            variant="default"
            disabled={isLocked || variants.length >= mostVariants}
            onClick={() => setVariants(even([...variants, emptyVariant]))}
          >
            Add a variant
          </Button>
          <Button variant="default" disabled={isLocked} onClick={() => setVariants(even(variants))}>
            Even weights
          </Button>
        </Group>
        <Group gap="xs" aria-live="polite">
          <Text size="sm">Weights sum to</Text>
          <Badge color={isWhole ? 'teal' : 'red'} variant={isWhole ? 'light' : 'filled'} size="lg">
            {`${Number((sum * 100).toFixed(4))} %`}
          </Badge>
        </Group>
      </Group>
    </Section>
  );
}

/** The list without one; the first becomes the control when that was it. */
function withoutPlace<T extends { readonly isControl: boolean }>(variants: readonly T[], place: number): readonly T[] {
  const left = variants.filter((_, each) => each !== place);
  return left.some(({ isControl }) => isControl) ? left : left.map((variant, each) => ({ ...variant, isControl: each === 0 }));
}
