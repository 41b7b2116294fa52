import { useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { briefDigest, shortDigest } from '../../../shared/digest.ts';
import type { ImageDetails, ImageManifestInfo } from '../../../shared/images.ts';
import { platformText } from '../../../shared/platforms.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { commandText } from '../../ui/command-text.ts';
import { Select } from '../../ui/select.tsx';

const TABS = ['layers', 'config', 'labels'] as const;
const CONTENTS_TAB =
  'cursor-default border-b-2 border-transparent px-1 pt-2 pb-1.5 text-quiet outline-offset-[-2px] hover:text-text ' +
  'data-[selected]:border-accent data-[selected]:font-medium data-[selected]:text-text';

/** What is in the image: layers, config and labels of one platform at a time. */
export function ImageContents({ details }: { details: ImageDetails }) {
  const { t } = useTexts();
  const [chosen, setChosen] = useState<string>();
  const manifest = details.manifests.find(({ digest }) => digest === chosen) ?? details.manifests[0];
  if (manifest === undefined) return null;
  return (
    <Tabs className="flex flex-col border-t border-line">
      <div className="flex flex-wrap items-end justify-between gap-x-3 border-b border-line px-4">
        <TabList aria-label={t('details.views')} className="flex gap-3">
          {TABS.map((tab) => (
            <Tab key={tab} id={tab} className={CONTENTS_TAB}>
              {t(`details.${tab}`)}
            </Tab>
          ))}
        </TabList>
        {details.manifests.length < 2 ? null : (
          <Select
            label={t('details.platformsShown')}
            hideLabel
            options={details.manifests.map((each) => ({ id: each.digest, text: manifestName(each) }))}
            value={manifest.digest}
            onChange={setChosen}
            className="my-1"
          />
        )}
      </div>
      <TabPanel id="layers" className="outline-offset-[-2px]">
        <LayerList manifest={manifest} />
      </TabPanel>
      <TabPanel id="config" className="outline-offset-[-2px]">
        <Config manifest={manifest} />
      </TabPanel>
      <TabPanel id="labels" className="outline-offset-[-2px]">
        <Labels manifest={manifest} />
      </TabPanel>
    </Tabs>
  );
}

function manifestName(manifest: ImageManifestInfo): string {
  return manifest.platform === undefined ? shortDigest(manifest.digest) : platformText(manifest.platform);
}

function LayerList({ manifest }: { manifest: ImageManifestInfo }) {
  const { t, format } = useTexts();
  if (manifest.layers.length === 0) return <p className="p-4 text-quiet">{t('details.noLayers')}</p>;
  return (
    <ol
      className="py-1"
      aria-label={t('details.layerCount', {
        count: manifest.layers.length,
        formatted: format.count(manifest.layers.length),
      })}
    >
      {manifest.layers.map((layer, index) => (
        // A digest may occur twice in one image (empty layers), so the place belongs to the key.
        <li key={`${index} ${layer.digest}`} className="flex items-baseline gap-3 px-4 py-1">
          <span className="selectable shrink-0 font-mono text-sm text-quiet" title={layer.digest}>
            {briefDigest(layer.digest)}
          </span>
          <span className="min-w-0 flex-1 truncate" title={layer.createdBy}>
            {commandText(layer.createdBy) ?? <span className="text-quiet">{t('details.unknownCommand')}</span>}
          </span>
          <span className="shrink-0 text-quiet tabular">{format.bytes(layer.size)}</span>
        </li>
      ))}
    </ol>
  );
}

function Config({ manifest }: { manifest: ImageManifestInfo }) {
  const { t, format } = useTexts();
  const facts: [string, readonly string[]][] = [
    [t('details.entrypoint'), manifest.entrypoint.length > 0 ? [manifest.entrypoint.join(' ')] : []],
    [t('details.cmd'), manifest.cmd.length > 0 ? [manifest.cmd.join(' ')] : []],
    [t('details.workingDir'), optional(manifest.workingDir)],
    [t('details.user'), optional(manifest.user)],
    [t('details.ports'), manifest.exposedPorts.length > 0 ? [manifest.exposedPorts.join(', ')] : []],
    [t('details.env'), manifest.env],
    [t('details.created'), manifest.created === undefined ? [] : [format.date(manifest.created)]],
    [t('details.artifactType'), optional(manifest.artifactType)],
    [t('details.mediaType'), [manifest.mediaType]],
    [t('details.digest'), [manifest.digest]],
  ];
  return <Facts facts={facts.filter(([, values]) => values.length > 0)} />;
}

function optional(value: string | undefined): string[] {
  return value === undefined || value === '' ? [] : [value];
}

function Labels({ manifest }: { manifest: ImageManifestInfo }) {
  const { t } = useTexts();
  const labels = Object.entries(manifest.labels);
  const annotations = Object.entries(manifest.annotations);
  return (
    <>
      {labels.length === 0 ? <p className="p-4 text-quiet">{t('details.noLabels')}</p> : null}
      <Facts facts={labels.map(([name, value]) => [name, [value]])} />
      {annotations.length === 0 ? null : (
        <>
          <h3 className="section-title px-4 pt-2">{t('details.annotations')}</h3>
          <Facts facts={annotations.map(([name, value]) => [name, [value]])} />
        </>
      )}
    </>
  );
}

function Facts({ facts }: { facts: readonly [string, readonly string[]][] }) {
  if (facts.length === 0) return null;
  return (
    <dl className="space-y-2 px-4 py-3">
      {facts.map(([name, values]) => (
        <div key={name}>
          <dt className="text-sm break-all text-quiet">{name}</dt>
          {values.map((value) => (
            <dd key={value} className="selectable font-mono text-sm break-all">
              {value}
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
