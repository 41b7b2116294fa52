/** Classes shared by all text inputs. */
export const INPUT_CLASSES =
  'h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2 text-text placeholder:text-quiet ' +
  'data-[invalid]:border-bad data-[disabled]:opacity-50';

export const LABEL_CLASSES = 'text-sm font-medium text-quiet';
