import { type ByteReader, readBytes } from '../../image/tar/block-reader.ts';

const NO_TAR = 'it is a file, not a folder, and not a tar archive either';
const DISK = 'it is the disk of a virtual machine, not a container image';
const PROGRAM = 'it is a program: build an image that holds it, and push that';
const ENCRYPTED = 'it is encrypted: decrypt it first';
const AS_TEXT =
  'something took it for text and damaged it, as > and | of PowerShell do: write it again with docker save -o FILE';

/** Where the name of an ISO 9660 file system stands, behind 16 empty sectors. */
const ISO_NAME = 32_769;

const PACKERS: readonly (readonly [magic: string, name: string])[] = [
  ['\x04"M\x18', 'lz4'],
  ['\x1f\x9d', 'compress'],
  ['LZIP\x01', 'lzip'],
  [']\0\0', 'lzma'],
  ['7z\xbc\xaf\x27\x1c', '7-Zip'],
  ['Rar!\x1a\x07', 'RAR'],
];

/** Behind lines that are empty, comments or the begin of a document in YAML. Each line fits in one way only: to try all ways takes for ever. */
function beginsBelowComments(what: string): RegExp {
  return new RegExp(`^(?:[^\\S\\n]*(?:#[^\\n]*|---[^\\n]*)?\\n)*[^\\S\\n]*${what}`);
}

/** By the first bytes, read as Latin-1. The first that fits counts. */
const KINDS: readonly (readonly [begins: RegExp, what: string])[] = [
  [
    /^[^]{32}SIF_MAGIC/,
    'it is an image of Apptainer (SIF), which is no container image for registries: push it with apptainer push',
  ],
  [
    /^#!/,
    'it is a script: where it writes an archive, as one of nix does, run it and push that (PATH | pushboat push - TARGET)',
  ],
  [/^PK(?:\x03\x04|\x05\x06|\x07\x08)/, 'it is a ZIP file: unpack it, and push what is in it'],
  [
    /^version https:\/\/git-lfs\.github\.com\/spec\//,
    'it is a pointer of Git LFS: fetch the file itself with git lfs pull',
  ],
  [/^\s*<(?:!doctype|html)/i, 'it is a web page: whatever downloaded it was given that instead of the archive'],
  [/^(?:QFI\xfb|KDMV|vhdxfile|conectix|# Disk DescriptorFile|<<< )/, DISK],
  [/^[^]{510}\x55\xaa/, DISK],
  [/^hsqs/, 'it is a file system (SquashFS), not a container image'],
  [/^(?:\x7fELF|MZ|\xcf\xfa\xed\xfe|\0asm)/, PROGRAM],
  [/^(?:age-encryption\.org\/|-----BEGIN PGP MESSAGE|Salted__)/, ENCRYPTED],
  // UTF-16 with its mark, and what is left of gzip and zstd in UTF-8.
  [/^(?:\xff\xfe|\x1f\xef\xbf\xbd|\x28\xef\xbf\xbd\x2f\xef\xbf\xbd)/, AS_TEXT],
  [beginsBelowComments('(?:from|FROM|arg|ARG)\\s'), 'it is a Dockerfile: build the image first, and push that'],
  [
    beginsBelowComments('(?:apiVersion|services|version|name|kind):\\s'),
    'it is a file for Compose or Kubernetes, which only names images: push those',
  ],
];

/** What is at the path in an archive's place, by its first block. */
export async function whatInstead(head: Uint8Array, reader: ByteReader): Promise<string> {
  if (head.byteLength === 0) return 'it is empty: what should have written it failed, or has not begun';
  if (head.every((byte) => byte === 0)) {
    const name = await readBytes(reader, ISO_NAME, 5);
    if (name.toString('latin1') === 'CD001') return DISK;
    return 'it begins with zeros: it is an empty archive, or was not written yet';
  }
  const text = Buffer.from(head).toString('latin1');
  const packed = PACKERS.find(([magic]) => text.startsWith(magic))?.[1];
  if (packed !== undefined)
    return `it is packed with ${packed}, which cannot be read: pack it with gzip, with zstd or not at all`;
  const known = KINDS.find(([begins]) => begins.test(text))?.[1];
  if (known !== undefined) return known;
  const begin = beginOfText(head);
  return begin === undefined ? NO_TAR : `it is a file of text, not a tar archive, and begins with “${begin}”`;
}

/** The beginning of a text in UTF-8; undefined for all that is none. */
function beginOfText(head: Uint8Array): string | undefined {
  // No control characters but white space.
  if (head.some((byte) => byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d))) return undefined;
  try {
    // The block may end within a character.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return text.trim().replace(/\s+/g, ' ').slice(0, 60);
  } catch {
    return undefined;
  }
}
