import { createFormContext, type GetInputPropsOptions } from '@mantine/form';
import { createContext, useContext } from 'react';
import type { FormValues } from './values.js';

/** Values and errors for every section of the form. */
export const [FormProvider, useFormContext, useForm] = createFormContext<FormValues>();

/** What the service refuses, by path: derived from its answer, so it is not kept among the values. */
export const ErrorsContext = createContext<Readonly<Record<string, string>>>({});

export function useFields() {
  const form = useFormContext();
  const errors = useContext(ErrorsContext);
  return {
    form,
    values: form.values,
    errors,
    /** What an input needs to show and change the member at this path. */
    field: (path: string, options?: GetInputPropsOptions) => ({ ...form.getInputProps(path, options), error: errors[path] }),
  };
}
