import { FolderOpen } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components';
import { MOST_RETRY_SECONDS } from '../../../shared/choices.ts';
import { MOST_HISTORY_DAYS, MOST_HISTORY_ENTRIES, type SettingsPatch } from '../../../shared/settings.ts';
import { inBackground, request } from '../../api.ts';
import { MEGABYTE } from '../../i18n/format.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { NumberField } from '../../ui/number-field.tsx';
import { Page } from '../../ui/page.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { CompressionChoice, FormatChoice, OnlyNewChoice } from '../composer/push-options.tsx';
import { About } from './about.tsx';
import { PlatformsField } from './platforms-field.tsx';
import { Updates } from './updates.tsx';

const LANGUAGES = ['system', 'en', 'zh-CN'] as const;
const COMPANIONS = ['ask', 'always', 'never'] as const;
const THEMES = ['system', 'light', 'dark'] as const;
/** More than any network card moves; guards against a stray digit. Megabytes per second. */
const MOST_RATE_MEGABYTES = 100_000;
const JOBS = ['1', '2', '3', '4', '6', '8', '12', '16'] as const;

/** Saves at once; the new settings come back as an event and are shown live. */
function save(patch: SettingsPatch): void {
  inBackground(request('settings.update', patch), showError);
}

/** All settings, in two columns where there is room. */
export function SettingsView() {
  const { t } = useTexts();
  const storeDir = useSettings((state) => state.settings.imagesStoreDir);
  return (
    <Page title={t('settings.title')}>
      <div className="@container">
        <div className="mx-auto grid max-w-xl gap-x-12 gap-y-6 p-4 @5xl:max-w-5xl @5xl:grid-cols-2 @5xl:grid-rows-[auto_1fr] @5xl:py-8">
          <div className="space-y-6">
            <Appearance />
            <Group title={t('settings.stores')}>
              <StoreFolder key={storeDir} saved={storeDir} />
            </Group>
          </div>
          <Group title={t('settings.pushing')} className="@5xl:col-start-2 @5xl:row-span-2 @5xl:row-start-1">
            <AtOnce />
            <HowPushed />
            <Network />
          </Group>
          <div className="space-y-6">
            <KeptHistory />
            <Group title={t('settings.about')}>
              <About />
              <Updates />
            </Group>
          </div>
        </div>
      </div>
    </Page>
  );
}

function Appearance() {
  const { t } = useTexts();
  const { language, theme } = useSettings((state) => state.settings);
  return (
    <Group title={t('settings.appearance')}>
      <Select
        label={t('settings.language')}
        options={LANGUAGES.map((id) => ({ id, text: t(`settings.languages.${id}`) }))}
        value={language}
        onChange={(chosen) => save({ language: chosen })}
        className="w-60"
      />
      <Select
        label={t('settings.theme')}
        options={THEMES.map((id) => ({ id, text: t(`settings.themes.${id}`) }))}
        value={theme}
        onChange={(chosen) => save({ theme: chosen })}
        className="w-60"
      />
    </Group>
  );
}

function AtOnce() {
  const { t } = useTexts();
  const maxJobs = useSettings((state) => String(state.settings.maxJobs));
  return (
    <div>
      <Select
        label={t('settings.maxJobs')}
        options={JOBS.map((id) => ({ id, text: id }))}
        value={JOBS.find((each) => each === maxJobs) ?? '3'}
        onChange={(count) => save({ maxJobs: Number(count) })}
        className="w-60"
      />
      <p className="mt-1 text-sm text-quiet">{t('settings.maxJobsHelp')}</p>
    </div>
  );
}

/** What the next pushes do, unless something else is chosen for one of them. */
function HowPushed() {
  const { t } = useTexts();
  const { companions, pushDefaults } = useSettings((state) => state.settings);
  const saveDefaults = (changed: typeof pushDefaults) => save({ pushDefaults: changed });
  return (
    <>
      <Select
        label={t('companions.label')}
        options={COMPANIONS.map((id) => ({ id, text: t(`companions.settings.${id}`) }))}
        value={companions}
        onChange={(chosen) => save({ companions: chosen })}
        className="w-60"
      />
      <OnlyNewChoice options={pushDefaults} onChange={saveDefaults} />
      <FormatChoice options={pushDefaults} onChange={saveDefaults} />
      <CompressionChoice options={pushDefaults} onChange={saveDefaults} />
      <PlatformsField
        key={pushDefaults.platforms?.join()}
        saved={pushDefaults.platforms ?? []}
        onChange={(platforms) => saveDefaults({ ...pushDefaults, platforms })}
      />
    </>
  );
}

function Network() {
  const { t } = useTexts();
  const { bandwidthLimit, retryForSeconds } = useSettings((state) => state.settings);
  return (
    <>
      <NumberField
        label={t('settings.bandwidth')}
        help={t('settings.bandwidthHelp')}
        placeholder={t('settings.noLimit')}
        unit="MB/s"
        value={bandwidthLimit === 0 ? undefined : bandwidthLimit / MEGABYTE}
        minValue={0}
        maxValue={MOST_RATE_MEGABYTES}
        onChange={(megabytes = 0) => save({ bandwidthLimit: Math.round(megabytes * MEGABYTE) })}
        className="w-60"
      />
      <NumberField
        label={t('settings.retryFor')}
        help={t('settings.retryForHelp')}
        placeholder="0"
        unit={t('settings.minutes')}
        value={retryForSeconds / 60}
        minValue={0}
        maxValue={MOST_RETRY_SECONDS / 60}
        onChange={(minutes = 0) => save({ retryForSeconds: Math.round(minutes * 60) })}
        className="w-60"
      />
    </>
  );
}

function KeptHistory() {
  const { t } = useTexts();
  const { historyDays, historyEntries } = useSettings((state) => state.settings);
  return (
    <Group title={t('history.title')}>
      <NumberField
        label={t('settings.historyDays')}
        help={t('settings.historyHelp')}
        placeholder="0"
        unit={t('settings.days')}
        value={historyDays}
        minValue={0}
        maxValue={MOST_HISTORY_DAYS}
        step={1}
        onChange={(days = 0) => save({ historyDays: days })}
        className="w-60"
      />
      <NumberField
        label={t('settings.historyEntries')}
        placeholder="0"
        value={historyEntries}
        minValue={0}
        maxValue={MOST_HISTORY_ENTRIES}
        step={1}
        onChange={(entries = 0) => save({ historyEntries: entries })}
        className="w-60"
      />
    </Group>
  );
}

function Group({ title, className, children }: { title: string; className?: string; children: ReactNode }) {
  return (
    <section className={classes('min-w-0 space-y-3', className)}>
      <h2 className="border-b border-line pb-1 font-semibold">{title}</h2>
      {children}
    </section>
  );
}

/** Typed, then applied: scanning every folder on the way to the wanted one would be no service. */
function StoreFolder({ saved }: { saved: string }) {
  const { t } = useTexts();
  const [folder, setFolder] = useState(saved);
  const isWhole = /^(?:\/|[A-Za-z]:[\\/])/.test(folder.trim());
  const isChanged = folder.trim() !== saved && isWhole;
  const choose = async (): Promise<void> => {
    const [chosen] = await request('sources.choose', 'folders');
    if (chosen !== undefined) save({ imagesStoreDir: chosen });
  };
  return (
    <Form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (isChanged) save({ imagesStoreDir: folder.trim() });
      }}
      className="flex items-start gap-2"
    >
      <TextField
        label={t('settings.storeDir')}
        help={isWhole ? t('settings.storeDirHelp') : t('settings.storeDirWrong')}
        isInvalid={!isWhole}
        value={folder}
        onChange={setFolder}
        className="flex-1"
      />
      <Button icon={FolderOpen} className="mt-[21px]" onPress={() => inBackground(choose(), showError)}>
        {t('export.choose')}
      </Button>
      <Button type="submit" isDisabled={!isChanged} className="mt-[21px]">
        {t('settings.apply')}
      </Button>
    </Form>
  );
}
