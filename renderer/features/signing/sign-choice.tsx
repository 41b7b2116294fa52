import { FileKey } from 'lucide-react';
import { useState } from 'react';
import { CheckboxGroup, Label } from 'react-aria-components';
import { type SignOptions, signs } from '../../../shared/signing.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { fileName } from '../../model/file-name.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { useSigning } from '../../stores/signing.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { LABEL_CLASSES } from '../../ui/field.ts';
import { shortFingerprint } from './keys.ts';

interface SignChoiceProps {
  options: TransferOptions;
  onChange: (options: TransferOptions) => void;
  /** The image is an index: each image in it can have a signature of its own. */
  isIndex: boolean;
}

/** Which keys sign what is pushed: those of gpg, and key files of sigstore. */
export function SignChoice({ options, onChange, isIndex }: SignChoiceProps) {
  const { t } = useTexts();
  const keys = useSigning((state) => state.keys);
  const sign = options.sign ?? {};
  const { gpg = [], sigstore = [] } = sign;
  const change = (changed: SignOptions) => onChange({ ...options, sign: { ...sign, ...changed } });
  const { files, add } = useKeyFiles(sigstore);
  // What was chosen before and gpg has no more is still to be seen, so that it can be taken away.
  const gone = keys === undefined ? [] : gpg.filter((name) => !keys.some(({ fingerprint }) => fingerprint === name));
  const choose = async () => {
    const path = await request('app.chooseFile', 'signingKey');
    if (path === null) return;
    add(path);
    change({ sigstore: [...new Set([...sigstore, path])] });
  };
  return (
    <div className="space-y-1">
      <CheckboxGroup
        value={[...gpg, ...sigstore]}
        onChange={(chosen) =>
          change({
            gpg: chosen.filter((name) => !files.includes(name)),
            sigstore: chosen.filter((name) => files.includes(name)),
          })
        }
        className="space-y-1"
      >
        <Label className={LABEL_CLASSES}>{t('signing.with')}</Label>
        {keys?.map(({ fingerprint, name }) => (
          <Key key={fingerprint} id={fingerprint} name={name} detail={shortFingerprint(fingerprint)} />
        ))}
        {gone.map((fingerprint) => (
          <Key key={fingerprint} id={fingerprint} name={shortFingerprint(fingerprint)} detail={t('signing.gone')} />
        ))}
        {files.map((path) => (
          <Key key={path} id={path} name={fileName(path)} detail={t('signing.keyFile')} title={path} />
        ))}
      </CheckboxGroup>
      {keys?.length === 0 && files.length === 0 ? <p className="text-sm text-quiet">{t('signing.noKeys')}</p> : null}
      <Button look="quiet" size="small" icon={FileKey} onPress={() => inBackground(choose(), showError)}>
        {t('signing.addFile')}
      </Button>
      {isIndex && signs(sign) ? (
        <Checkbox isSelected={sign.platforms ?? false} onChange={(platforms) => change({ platforms })}>
          {t('signing.platforms')}
        </Checkbox>
      ) : null}
      {signs(sign) ? <p className="text-sm text-quiet">{t('signing.help')}</p> : null}
    </div>
  );
}

function Key({ id, name, detail, title }: { id: string; name: string; detail: string; title?: string }) {
  return (
    <Checkbox value={id}>
      <span className="min-w-0" title={title ?? id}>
        <span className="block truncate">{name}</span>
        <span className="block truncate text-sm text-quiet">{detail}</span>
      </span>
    </Checkbox>
  );
}

/** Key files that are known from earlier pushes, and those that were chosen now; one that is not ticked any more stays to be ticked again. */
function useKeyFiles(chosen: readonly string[]): { files: string[]; add: (path: string) => void } {
  const signing = useSettings((state) => state.settings.signing);
  const [added, setAdded] = useState<readonly string[]>([]);
  const earlier = Object.values(signing).flatMap(({ sigstore = [] }) => sigstore);
  return {
    files: [...new Set([...earlier, ...added, ...chosen])],
    add: (path) => setAdded((all) => [...all, path]),
  };
}
