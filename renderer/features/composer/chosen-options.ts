import type { TFunction } from 'i18next';
import { signs } from '../../../shared/signing.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';

/** What is chosen among the options of a push, in words: what is folded away would be forgotten. */
export function chosenOptions(options: TransferOptions, t: TFunction): string[] {
  const { platforms, onlyNew, sign, referrers, format, compression, pushForeignLayers, force } = options;
  return [
    // As the choices call them, without what is the same for all.
    platforms?.map((platform) => platform.replace(/^linux\//, '')).join(', ') ?? '',
    onlyNew ? t('target.onlyNew') : '',
    sign && signs(sign) ? t('signing.sign') : '',
    referrers === undefined ? '' : t(`companions.choices.${referrers ? 'with' : 'without'}`),
    format === undefined ? '' : t(`target.formats.${format}`),
    compression?.format === undefined ? '' : t(`target.compressions.${compression.format}`),
    pushForeignLayers ? t('target.foreign') : '',
    force ? t('target.force') : '',
  ].filter(Boolean);
}
