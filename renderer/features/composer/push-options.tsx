import { ChevronRight } from 'lucide-react';
import { useId } from 'react';
import { Button as AriaButton, Disclosure, DisclosurePanel } from 'react-aria-components';
import { COMPRESSION_CHOICES, MANIFEST_FORMATS } from '../../../shared/choices.ts';
import type { ImageSummary } from '../../../shared/images.ts';
import { type PushDefaults } from '../../../shared/push-defaults.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { platformsOfAll } from '../../model/push-platforms.ts';
import { useSettings } from '../../stores/settings.ts';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Select } from '../../ui/select.tsx';
import { loadKeys } from '../signing/keys.ts';
import { SignChoice } from '../signing/sign-choice.tsx';
import { chosenOptions } from './chosen-options.ts';
import { PlatformChoices } from './platform-choices.tsx';

interface ChoiceProps {
  options: TransferOptions;
  onChange: (options: TransferOptions) => void;
}

/** What may be chosen for a push of one image or of several; folded, because few need it. */
export function PushOptions({ images, options, onChange }: ChoiceProps & { images: readonly ImageSummary[] }) {
  const { t } = useTexts();
  const indexes = images.filter(({ kind }) => kind === 'index');
  const platforms = platformsOfAll(indexes);
  const chosen = chosenOptions(options, t);
  const chosenId = useId();
  return (
    <Disclosure onExpandedChange={(isOpen) => (isOpen ? loadKeys() : undefined)}>
      <AriaButton
        slot="trigger"
        aria-label={t('target.options')}
        {...(chosen.length > 0 ? { 'aria-describedby': chosenId } : {})}
        className="group -ml-1 flex h-6 max-w-full items-center gap-1.5 rounded-md px-1 text-sm hover:bg-hover"
      >
        <ChevronRight aria-hidden size={14} className="shrink-0 group-aria-expanded:rotate-90" />
        {t('target.options')}
        <span id={chosenId} className="min-w-0 truncate text-quiet group-aria-expanded:hidden">
          {chosen.join(' · ')}
        </span>
      </AriaButton>
      <DisclosurePanel className="fold-panel">
        <div className="space-y-3 pt-1 pl-5">
          {platforms.length > 1 ? (
            <PlatformChoices platforms={platforms} options={options} onChange={onChange} />
          ) : null}
          <OnlyNewChoice options={options} onChange={onChange} />
          <SignChoice options={options} onChange={onChange} isIndex={indexes.length > 0} />
          <CompanionChoice options={options} onChange={onChange} />
          <FormatChoice options={options} onChange={onChange} />
          <CompressionChoice options={options} onChange={onChange} />
          <Checkbox
            isSelected={options.pushForeignLayers ?? false}
            onChange={(pushForeignLayers) => onChange({ ...options, pushForeignLayers })}
          >
            {t('target.foreign')}
          </Checkbox>
          <p className="pl-6 text-sm text-quiet">{t('target.foreignHelp')}</p>
          <Checkbox isSelected={options.force ?? false} onChange={(force) => onChange({ ...options, force })}>
            {t('target.force')}
          </Checkbox>
          <p className="pl-6 text-sm text-quiet">{t('target.forceHelp')}</p>
        </div>
      </DisclosurePanel>
    </Disclosure>
  );
}

const COMPANION_CHOICES = ['usual', 'with', 'without'] as const;

/** Whether signatures, SBOMs and the like of the image go with it. */
function CompanionChoice({ options, onChange }: ChoiceProps) {
  const { t } = useTexts();
  const setting = useSettings((state) => state.settings.companions);
  const textOf = (id: (typeof COMPANION_CHOICES)[number]) =>
    id === 'usual' ? t(`companions.settings.${setting}`) : t(`companions.choices.${id}`);
  return (
    <Select
      label={t('companions.label')}
      options={COMPANION_CHOICES.map((id) => ({ id, text: textOf(id) }))}
      value={options.referrers === undefined ? 'usual' : options.referrers ? 'with' : 'without'}
      onChange={(choice) => {
        const { referrers: _before, ...others } = options;
        onChange(choice === 'usual' ? others : { ...others, referrers: choice === 'with' });
      }}
      className="max-w-64"
    />
  );
}

const FORMATS = ['kept', ...MANIFEST_FORMATS] as const;

interface DefaultChoiceProps<Options extends PushDefaults> {
  options: Options;
  onChange: (options: Options) => void;
}

/** Whether tags that are there stay as they are. */
export function OnlyNewChoice<Options extends PushDefaults>({ options, onChange }: DefaultChoiceProps<Options>) {
  const { t } = useTexts();
  return (
    <div>
      <Checkbox isSelected={options.onlyNew ?? false} onChange={(onlyNew) => onChange({ ...options, onlyNew })}>
        {t('target.onlyNew')}
      </Checkbox>
      <p className="pt-1 pl-6 text-sm text-quiet">{t('target.onlyNewHelp')}</p>
    </div>
  );
}

/** In which format manifests are pushed. */
export function FormatChoice<Options extends PushDefaults>({ options, onChange }: DefaultChoiceProps<Options>) {
  const { t } = useTexts();
  return (
    <div>
      <Select
        label={t('target.format')}
        options={FORMATS.map((id) => ({ id, text: t(`target.formats.${id}`) }))}
        value={options.format ?? 'kept'}
        onChange={(format) => {
          onChange({ ...options, format: format === 'kept' ? undefined : format });
        }}
        className="max-w-64"
      />
      <p className="pt-1 text-sm text-quiet">{t(`target.formatHelp.${options.format ?? 'kept'}`)}</p>
    </div>
  );
}

const COMPRESSIONS = ['automatic', ...COMPRESSION_CHOICES] as const;

/** How layers that are plain tars are compressed. */
export function CompressionChoice<Options extends PushDefaults>({ options, onChange }: DefaultChoiceProps<Options>) {
  const { t } = useTexts();
  return (
    <div>
      <Select
        label={t('target.compression')}
        options={COMPRESSIONS.map((id) => ({ id, text: t(`target.compressions.${id}`) }))}
        value={options.compression?.format ?? 'automatic'}
        onChange={(format) => {
          onChange({ ...options, compression: format === 'automatic' ? undefined : { format } });
        }}
        className="max-w-64"
      />
      <p className="pt-1 text-sm text-quiet">{t('target.compressionHelp')}</p>
    </div>
  );
}
