import { type Language, languageOf } from '../../shared/language.ts';

/** What the main process says by itself; the window has its own, larger set in renderer/i18n. */
const EN = {
  about: 'About Pushboat',
  edit: 'Edit',
  window: 'Window',
  quitTitle: 'Transfers are running',
  quitMessage: (running: number) =>
    running === 1 ? 'One transfer is still running.' : `${running} transfers are still running.`,
  quitDetail: 'If you pause them, they continue from there at the next start.',
  keepRunning: 'Keep running',
  pauseAndQuit: 'Pause and quit',
  cancelAndQuit: 'Cancel and quit',
  openExternalMessage: (host: string) => `Open ${host} in the browser?`,
  open: 'Open',
  cancel: 'Cancel',
  chooseFolders: 'Choose OCI layouts or folders of layouts',
  chooseArchives: 'Choose image archives',
  archives: 'Archives (tar, also compressed)',
  chooseNewArchive: 'Export as',
  newArchives: 'Archives (tar)',
  saveReceipt: 'Save the receipt',
  receipts: 'Receipts',
  chooseTargetFolder: 'Choose the folder to export to',
  chooseFile: {
    ca: 'Choose the PEM file of a certificate authority',
    certificate: 'Choose the PEM file of your client certificate',
    certificateKey: 'Choose the PEM file of the certificate’s key',
    signingKey: 'Choose a key file of cosign or sigstore',
  },
  fileKinds: {
    ca: 'Certificates (PEM)',
    certificate: 'Certificates (PEM)',
    certificateKey: 'Keys (PEM)',
    signingKey: 'Private keys',
  },
  allFiles: 'All files',
  doneTitle: 'Push finished',
  failedTitle: 'Push failed',
  someFailedTitle: 'Some images were not pushed',
  groupBody: (done: number, total: number) => `${done} of ${total} images were pushed.`,
  exportedTitle: 'Export finished',
  exportFailedTitle: 'Export failed',
  unresponsiveMessage: 'The window does not respond.',
  unresponsiveDetail: 'Reloading it does not disturb running transfers.',
  reload: 'Reload',
  wait: 'Wait',
  crashTitle: 'Something went wrong in Pushboat',
  vaultPlain: 'no keyring (libsecret or KWallet) was found, so the encryption key would be a fixed one',
  vaultLocked: 'the operating system’s key store cannot be used',
};

type Text = typeof EN;

const ZH_CN: Text = {
  about: '关于 Pushboat',
  edit: '编辑',
  window: '窗口',
  quitTitle: '传输正在进行',
  quitMessage: (running) => `还有 ${running} 个传输正在进行。`,
  quitDetail: '暂停后，下次启动时可从中断处继续。',
  keepRunning: '继续传输',
  pauseAndQuit: '暂停并退出',
  cancelAndQuit: '取消并退出',
  openExternalMessage: (host) => `在浏览器中打开 ${host}?`,
  open: '打开',
  cancel: '取消',
  chooseFolders: '选择 OCI 布局或包含布局的文件夹',
  chooseArchives: '选择镜像归档文件',
  archives: '归档文件（tar，包括压缩的）',
  chooseNewArchive: '导出为',
  newArchives: '归档文件（tar）',
  saveReceipt: '保存回执',
  receipts: '回执',
  chooseTargetFolder: '选择导出到的文件夹',
  chooseFile: {
    ca: '选择证书颁发机构（CA）的 PEM 文件',
    certificate: '选择客户端证书的 PEM 文件',
    certificateKey: '选择该证书私钥的 PEM 文件',
    signingKey: '选择 cosign 或 sigstore 的密钥文件',
  },
  fileKinds: {
    ca: '证书（PEM）',
    certificate: '证书（PEM）',
    certificateKey: '密钥（PEM）',
    signingKey: '私钥',
  },
  allFiles: '所有文件',
  doneTitle: '推送完成',
  failedTitle: '推送失败',
  someFailedTitle: '部分镜像未能推送',
  groupBody: (done, total) => `已推送 ${done} / ${total} 个镜像。`,
  exportedTitle: '导出完成',
  exportFailedTitle: '导出失败',
  unresponsiveMessage: '窗口没有响应。',
  unresponsiveDetail: '重新加载窗口不会影响正在进行的传输。',
  reload: '重新加载',
  wait: '等待',
  crashTitle: 'Pushboat 出现问题',
  vaultPlain: '没有找到密钥环（libsecret 或 KWallet），加密密钥将是固定的',
  vaultLocked: '无法使用操作系统的密钥存储',
};

export type DesktopText = () => Text;

/** Text in the language of the settings, or of the system; asked each time, because the language can change while the window is open. */
export function desktopText(language: () => 'system' | Language, locale: () => string): DesktopText {
  return () => {
    const chosen = language();
    return languageOf(chosen === 'system' ? locale() : chosen) === 'zh-CN' ? ZH_CN : EN;
  };
}
