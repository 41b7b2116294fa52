import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cliFiles, cliFilesFolder } from '../scripts/lib/cli-files.mjs';
import { root } from '../scripts/lib/paths.mjs';
import { runtimeFolder, succeed, systems } from './systems.mjs';

const { version, author, homepage } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const authors = author.replace(/ <.*/, '');

/** The names that Debian has for processors. */
const DEBIAN_NAMES = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' };

const fromCliFiles = (name) => join(cliFilesFolder, name);

/** @returns {string} the archive's name without its folder and its ending */
const packageName = (system) => `pushboat-${version}-${system}`;

/**
 * `pushboat-VERSION-SYSTEM.tar.gz`: one folder with the executable, its manual page, completions and licences.
 *
 * @param {string} system
 * @param {string} release of Node.js, of which the executable is made
 * @param {string} executable
 * @param {string} folder
 * @returns {Promise<string>} the archive
 */
export async function makeArchive(system, release, executable, folder) {
  const name = packageName(system);
  const staged = join(folder, name);
  const put = (from, ...to) => cpSync(from, join(staged, ...to), { recursive: true });
  rmSync(staged, { recursive: true, force: true });
  put(executable, system.startsWith('win') ? 'pushboat.exe' : 'pushboat');
  put(fromCliFiles(cliFiles.manPage), 'man', cliFiles.manPage);
  for (const file of Object.values(cliFiles.completions)) put(fromCliFiles(file), 'completions', file);
  await putLicences(system, release, (from, to) => put(from, to));
  const archive = join(folder, `${name}.tar.gz`);
  await succeed('tar', ['-czf', archive, '-C', folder, name]);
  rmSync(staged, { recursive: true });
  return archive;
}

/**
 * A Debian package of the executable, for systems of Debian's family.
 *
 * @param {string} system
 * @param {string} release of Node.js, of which the executable is made
 * @param {string} executable
 * @param {string} folder
 * @returns {Promise<string>} the package
 */
export async function makeDebianPackage(system, release, executable, folder) {
  const architecture = DEBIAN_NAMES[system];
  const staged = join(folder, `deb-${architecture}`);
  rmSync(staged, { recursive: true, force: true });
  const put = (from, to, mode = 0o644) => {
    const place = join(staged, to);
    mkdirSync(join(place, '..'), { recursive: true });
    if (typeof from === 'string') cpSync(from, place);
    else writeFileSync(place, from);
    chmodSync(place, mode);
  };
  put(executable, 'usr/bin/pushboat', 0o755);
  put(gzipSync(readFileSync(fromCliFiles(cliFiles.manPage)), { level: 9 }), 'usr/share/man/man1/pushboat.1.gz');
  put(fromCliFiles(cliFiles.completions.bash), 'usr/share/bash-completion/completions/pushboat');
  put(fromCliFiles(cliFiles.completions.zsh), 'usr/share/zsh/vendor-completions/_pushboat');
  put(fromCliFiles(cliFiles.completions.fish), 'usr/share/fish/vendor_completions.d/pushboat.fish');
  const documents = 'usr/share/doc/pushboat-cli';
  await putLicences(system, release, (from, to) => {
    // Debian has the licence itself, and wants it named.
    if (to !== 'LICENSE') put(from, `${documents}/${to}`);
  });
  put(Buffer.from(copyright()), `${documents}/copyright`);
  put(gzipSync(changelog(), { level: 9 }), `${documents}/changelog.gz`);
  put(gzipSync(readFileSync(join(root, 'CHANGELOG.md')), { level: 9 }), `${documents}/CHANGELOG.md.gz`);
  put(Buffer.from(LINTIAN_OVERRIDES), 'usr/share/lintian/overrides/pushboat-cli');
  put(Buffer.from(control(architecture)), 'DEBIAN/control');
  for (const path of ['', 'usr', 'usr/bin', 'usr/share', 'DEBIAN']) chmodSync(join(staged, path), 0o755);
  const file = join(folder, `pushboat-cli_${version}_${architecture}.deb`);
  await succeed('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z6', '--build', staged, file]);
  rmSync(staged, { recursive: true });
  return file;
}

/** Whether Debian packages can be made for a system, here. */
export const hasDebianPackage = (system) => system in DEBIAN_NAMES;

async function putLicences(system, release, put) {
  put(join(root, 'LICENSE'), 'LICENSE');
  put(fromCliFiles(cliFiles.notices), cliFiles.notices);
  put(await nodeLicence(system, release), 'LICENSE-NODEJS');
}

/** Node.js has one licence for all systems, but its npm package for Windows leaves it out. */
async function nodeLicence(system, release) {
  const own = join(await runtimeFolder(system, release), 'LICENSE');
  return existsSync(own) ? own : join(await runtimeFolder('linux-x64', release), 'LICENSE');
}

/** What lintian finds in Node.js itself, of which the command is made. */
const LINTIAN_OVERRIDES = `# Node.js as its project builds it, with the command in it.
pushboat-cli: embedded-library
pushboat-cli: hardening-no-pie
pushboat-cli: unstripped-binary-or-object
`;

/** https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/ */
function copyright() {
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Pushboat
Source: ${homepage}

Files: *
Copyright: 2026 ${authors}
License: Apache-2.0
 On Debian systems, the full text of the Apache License 2.0 is in
 /usr/share/common-licenses/Apache-2.0.
Comment:
 The command is one file with Node.js and libraries in it. Their licences are in
 LICENSE-NODEJS and THIRD-PARTY-NOTICES.md, next to this file.
`;
}

/** Debian's form of it, which package managers read; it names ours. A build that can be repeated gives the day. */
function changelog() {
  const seconds = Number(process.env.SOURCE_DATE_EPOCH) || Date.now() / 1000;
  const day = new Date(seconds * 1000).toUTCString().replace('GMT', '+0000');
  return `pushboat-cli (${version}) stable; urgency=medium

  * What has changed is told in CHANGELOG.md.gz, next to this file.

 -- ${author}  ${day}
`;
}

/** The desktop application's package brings the command as well. */
function control(architecture) {
  return [
    'Package: pushboat-cli',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${author}`,
    'Section: admin',
    'Priority: optional',
    'Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6',
    'Recommends: ca-certificates',
    'Conflicts: pushboat',
    `Homepage: ${homepage}`,
    'Description: push local container images to registries',
    ' The command line of Pushboat. It reads OCI layouts, archives, and the images',
    ' of Docker, Podman and Buildah, and uploads them to a registry. It needs none',
    ' of these programs, and continues where it was interrupted.',
    '',
  ].join('\n');
}

/** What has to be said about a system's executable. */
export const noteOf = (system) => systems[system].note;
