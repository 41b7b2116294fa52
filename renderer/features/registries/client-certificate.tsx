import { FileKey, X } from 'lucide-react';
import { useState } from 'react';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { fileName } from '../../model/file-name.ts';
import { showError } from '../../stores/messages.ts';
import { Button } from '../../ui/button.tsx';
import type { SavePolicy } from './limits.tsx';

const PARTS = ['certificate', 'key'] as const;
const FILE_KINDS = { certificate: 'certificate', key: 'certificateKey' } as const;

interface ClientCertificateProps {
  registry: string;
  policy: RegistryPolicy;
  save: SavePolicy;
}

/** What is shown to a registry that asks who connects: two files, saved when both are chosen. */
export function ClientCertificate({ registry, policy, save }: ClientCertificateProps) {
  const { t } = useTexts();
  const saved = policy.clientCertificate;
  const [chosen, setChosen] = useState<Partial<NonNullable<RegistryPolicy['clientCertificate']>>>({});
  const files: Partial<NonNullable<RegistryPolicy['clientCertificate']>> = { ...saved, ...chosen };
  const choose = async (part: (typeof PARTS)[number]) => {
    const path = await request('app.chooseFile', FILE_KINDS[part]);
    if (path === null) return;
    const both = { ...files, [part]: path };
    setChosen({ ...chosen, [part]: path });
    const { certificate, key } = both;
    if (certificate !== undefined && key !== undefined) save({ clientCertificate: { certificate, key } });
  };
  const remove = () => {
    setChosen({});
    save({ clientCertificate: undefined });
  };
  const isHalf = (files.certificate === undefined) !== (files.key === undefined);
  return (
    <fieldset className="w-full min-w-0">
      <legend className="pb-1 text-sm font-medium text-quiet">{t('registries.rows.clientCertificate')}</legend>
      <div className="flex flex-wrap items-center gap-2">
        {PARTS.map((part) => {
          const path = files[part];
          const name = path === undefined ? t('clientCertificate.none') : fileName(path);
          const text = t('clientCertificate.chosen', { part: t(`clientCertificate.${part}`), name });
          return (
            <Button
              key={part}
              icon={FileKey}
              aria-label={`${text} (${registry})`}
              onPress={() => inBackground(choose(part), showError)}
              className="max-w-full shrink"
            >
              <span className="min-w-0 truncate" title={files[part]}>
                {text}
              </span>
            </Button>
          );
        })}
        {files.certificate === undefined && files.key === undefined ? null : (
          <Button look="quiet" icon={X} onPress={remove} className="-ml-2">
            {t('clientCertificate.remove')}
          </Button>
        )}
      </div>
      {isHalf ? (
        <p role="status" className="pt-1 text-sm text-warn">
          {t(files.key === undefined ? 'clientCertificate.keyMissing' : 'clientCertificate.certificateMissing')}
        </p>
      ) : (
        <p className="pt-1 text-sm text-quiet">{t('clientCertificate.help')}</p>
      )}
    </fieldset>
  );
}
