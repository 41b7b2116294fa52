import type { RefObject } from 'react';
import {
  type TextFieldProps as AriaProps,
  TextField as AriaTextField,
  Input,
  Label,
  Text,
} from 'react-aria-components';
import { classes } from './classes.ts';
import { INPUT_CLASSES, LABEL_CLASSES } from './field.ts';

interface TextFieldProps extends Omit<AriaProps, 'className' | 'children' | 'style'> {
  label: string;
  placeholder?: string;
  help?: string;
  className?: string;
  inputRef?: RefObject<HTMLInputElement | null>;
}

export function TextField({ label, placeholder, help, className, inputRef, ...props }: TextFieldProps) {
  return (
    <AriaTextField {...props} className={classes('flex min-w-0 flex-col gap-1', className)}>
      <Label className={LABEL_CLASSES}>{label}</Label>
      <Input
        {...(inputRef === undefined ? {} : { ref: inputRef })}
        {...(placeholder === undefined ? {} : { placeholder })}
        spellCheck={false}
        autoCapitalize="off"
        className={INPUT_CLASSES}
      />
      {help === undefined ? null : (
        <Text slot="description" className="text-sm text-quiet">
          {help}
        </Text>
      )}
    </AriaTextField>
  );
}
