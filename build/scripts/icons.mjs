// Makes the icons from build/icons/icon.svg: `node build/scripts/icons.mjs`. Their files are committed; run it only after
// a change of the drawing. Chromium draws; the containers of Windows and macOS are short lists of PNG files.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { root } from './lib/paths.mjs';

const folder = join(root, 'build', 'icons');

/** @returns {Promise<Map<number, Buffer>>} the drawing as PNG by width in pixels */
async function draw(sizes) {
  const svg = await readFile(join(folder, 'icon.svg'), 'utf8');
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const page = await browser.newPage();
    const drawn = new Map();
    for (const size of sizes) {
      await page.setViewportSize({ width: size, height: size });
      await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${size}px }</style>${svg}`);
      drawn.set(size, await page.screenshot({ omitBackground: true }));
    }
    return drawn;
  } finally {
    await browser.close();
  }
}

/** ICO: a header, a directory of 16 bytes an image, the images. A side of 256 pixels is written as 0. */
function ico(images) {
  const header = Buffer.alloc(6 + 16 * images.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(images.length, 4);
  let offset = header.length;
  for (const [index, { size, png }] of images.entries()) {
    const at = 6 + 16 * index;
    header.writeUInt8(size % 256, at);
    header.writeUInt8(size % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(png.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([header, ...images.map(({ png }) => png)]);
}

/** ICNS: a magic and the length of the whole, then each image with its type and length (8 bytes more than its own). */
function icns(images) {
  const chunk = (type, content) => {
    const header = Buffer.alloc(8);
    header.write(type, 'latin1');
    header.writeUInt32BE(content.length + 8, 4);
    return Buffer.concat([header, content]);
  };
  return chunk('icns', Buffer.concat(images.map(({ type, png }) => chunk(type, png))));
}

const pngSizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024];
const drawn = await draw(pngSizes);
await mkdir(join(folder, 'png'), { recursive: true });
for (const [size, png] of drawn) await writeFile(join(folder, 'png', `${size}x${size}.png`), png);
await writeFile(
  join(folder, 'icon.ico'),
  ico([16, 24, 32, 48, 64, 128, 256].map((size) => ({ size, png: drawn.get(size) }))),
);

// Apple's names for PNG icons by width; those of 32, 64, 256, 512 and 1024 pixels are also the doubled smaller ones.
const apple = {
  icp4: 16,
  icp5: 32,
  ic11: 32,
  ic12: 64,
  ic07: 128,
  ic13: 256,
  ic08: 256,
  ic14: 512,
  ic09: 512,
  ic10: 1024,
};
const appleImages = Object.entries(apple).map(([type, size]) => ({ type, png: drawn.get(size) }));
await writeFile(join(folder, 'icon.icns'), icns(appleImages));
