import { NumberField as AriaNumberField, Group, Input, Label, Text } from 'react-aria-components';
import { classes } from './classes.ts';
import { LABEL_CLASSES } from './field.ts';

interface NumberFieldProps {
  label: string;
  /** Undefined: the field is empty. */
  value: number | undefined;
  /** Called when the person leaves the field or presses Enter, with what was understood; undefined when it was emptied. */
  onChange: (value: number | undefined) => void;
  minValue: number;
  maxValue: number;
  /** Absent: any number. Present: whole multiples above `minValue`. */
  step?: number;
  /** What an empty field means. */
  placeholder: string;
  /** Shown behind the number. */
  unit?: string;
  help?: string;
  /** The label is read but not shown. */
  hideLabel?: boolean;
  className?: string;
}

const FORMAT: Intl.NumberFormatOptions = { maximumFractionDigits: 3, useGrouping: false };

/** A number, or nothing. */
export function NumberField({
  label,
  value,
  onChange,
  minValue,
  maxValue,
  step,
  placeholder,
  unit,
  help,
  hideLabel,
  className,
}: NumberFieldProps) {
  const change = (next: number) => {
    const given = Number.isNaN(next) ? undefined : next;
    if (given !== value) onChange(given);
  };
  return (
    <AriaNumberField
      value={value ?? Number.NaN}
      onChange={change}
      minValue={minValue}
      maxValue={maxValue}
      {...(step === undefined ? {} : { step })}
      formatOptions={FORMAT}
      className={classes('flex min-w-0 flex-col gap-1', className)}
    >
      <Label className={hideLabel ? 'sr-only' : LABEL_CLASSES}>{label}</Label>
      <Group className="flex h-8 min-w-0 items-center gap-1 rounded-md border border-line-strong bg-surface px-2 data-[focus-within]:outline-2 data-[focus-within]:outline-accent">
        <Input
          placeholder={placeholder}
          className="w-full min-w-0 flex-1 bg-transparent text-text tabular outline-none placeholder:text-quiet"
        />
        {unit === undefined ? null : <span className="shrink-0 text-sm text-quiet">{unit}</span>}
      </Group>
      {help === undefined ? null : (
        <Text slot="description" className="text-sm text-quiet">
          {help}
        </Text>
      )}
    </AriaNumberField>
  );
}
