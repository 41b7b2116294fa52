// Who may import whom: the rules of ARCHITECTURE.md, "Layers". Type-only imports count as well.

/** The parts of the engine, which must run on plain Node. */
const engine =
  '^electron/(image|docker-api|sources|destinations|registry|credentials|access|transfers|settings|files|signatures|policy)/';

/**
 * What the bundles contain; `electron` is there at run time. All stand among the development dependencies of package.json: whoever
 * installs the npm package would otherwise get them a second time.
 */
const libraries = [
  '@noble/ciphers',
  '@types',
  'commander',
  'electron',
  'i18next',
  'lucide-react',
  'react',
  'react-aria-components',
  'react-dom',
  'react-i18next',
  'smol-toml',
  'undici',
  'yaml',
  'zod',
  'zustand',
];

/** A rule: files of `from` import none of `to`. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** Of our own files in `electron`, a folder may import itself and these. */
const onlyFrom = (folder, ...others) =>
  forbid(
    `${folder}-imports-only`,
    `electron/${folder} may import only ${['itself', ...others, 'shared'].join(', ')}.`,
    { path: `^electron/${folder}/` },
    { path: '^electron/', pathNot: `^electron/(${[folder, ...others].join('|')})/` },
  );

module.exports = {
  forbidden: [
    forbid('no-cycles', 'Files import each other in a circle.', {}, { circular: true }),
    forbid('nothing-unresolved', 'An import leads nowhere.', {}, { couldNotResolve: true }),
    forbid(
      'shared-is-pure',
      'shared imports nothing of ours and nothing of Node: both sides use it.',
      { path: '^shared/' },
      { path: '^(electron|renderer|test|build)/' },
    ),
    forbid('shared-has-no-node', 'shared runs in the page too.', { path: '^shared/' }, { dependencyTypes: ['core'] }),
    forbid(
      'renderer-imports-only-shared',
      'The page talks to window.pushboat and imports nothing else of ours.',
      { path: '^renderer/' },
      { path: '^(electron|test|build)/' },
    ),
    forbid(
      'stores-and-models-know-no-view',
      'What the page knows does not depend on how it is shown.',
      { path: '^renderer/(stores|model)/' },
      { path: '^renderer/', pathNot: '^renderer/(stores|model|i18n)/' },
    ),
    forbid(
      'ui-knows-no-feature',
      'Parts that every view uses know none of them.',
      { path: '^renderer/ui/' },
      { path: '^renderer/(features/|model/|app\\.tsx$|main\\.tsx$)' },
    ),
    {
      ...forbid(
        'no-circles-of-features',
        'Views import views only downwards: what two features need is in stores, model or ui.',
        { path: '^renderer/features/' },
        { circular: true },
      ),
      scope: 'folder',
    },
    {
      ...forbid(
        'no-circles-of-folders',
        'Folders of the engine import each other only downwards: what both need is in one below them.',
        { path: '^electron/' },
        { circular: true },
      ),
      scope: 'folder',
    },
    // The rule before looks at a folder with all that is in it, and so sees no circle of a folder and its own rooms.
    forbid(
      'ground-knows-no-room',
      'Loose files of image and sources are what their rooms stand on.',
      { path: '^electron/(image|sources)/[^/]+\\.ts$' },
      { path: '^electron/$1/[^/]+/', pathNot: '^electron/image/tar/' },
    ),
    forbid(
      'tar-stands-alone',
      'Archives and compression know nothing of images: the ground of image stands on them.',
      { path: '^electron/image/tar/' },
      { path: '^electron/', pathNot: '^electron/image/tar/' },
    ),
    forbid('renderer-has-no-node', 'The page is sandboxed.', { path: '^renderer/' }, { dependencyTypes: ['core'] }),
    forbid(
      'only-the-shell-knows-electron',
      'Only electron/desktop, main.ts and preload.ts import electron: the engine runs on plain Node.',
      { path: '^(electron|renderer|shared)/', pathNot: '^electron/(desktop/|main\\.ts$|preload\\.ts$)' },
      { path: '(^|/)node_modules/electron/|^electron(/(main|common|renderer))?$' },
    ),
    onlyFrom('image'),
    onlyFrom('registry'),
    // One exchange, what its answer means, who asks: each stands on those before it, and endpoints on all.
    onlyFrom('registry/http'),
    onlyFrom('registry/answers', 'registry/http'),
    onlyFrom('registry/auth', 'registry/answers', 'registry/http'),
    onlyFrom('credentials', 'files'),
    onlyFrom('settings', 'files'),
    onlyFrom('files'),
    onlyFrom('docker-api', 'files'),
    // Siblings that do not know each other: what both need lies below them.
    onlyFrom('sources', 'docker-api', 'image', 'files', 'signatures'),
    onlyFrom('destinations', 'docker-api', 'image', 'files'),
    onlyFrom('access', 'registry', 'credentials', 'files'),
    onlyFrom('signatures', 'image', 'files'),
    onlyFrom('policy', 'signatures', 'image', 'files'),
    onlyFrom('transfers', 'destinations', 'image', 'registry', 'files', 'signatures', 'policy'),
    forbid(
      'push-and-export-are-siblings',
      'A push knows nothing of exports, nor an export of pushes: what both need is in content, or next to the queue.',
      { path: '^electron/transfers/(push|export)/' },
      { path: '^electron/transfers/(push|export)/', pathNot: '^electron/transfers/$1/' },
    ),
    forbid(
      'content-and-journal-know-no-transfer',
      'What both kinds of transfer share knows neither.',
      { path: '^electron/transfers/(content|journal)/' },
      { path: '^electron/transfers/(push|export)/|^electron/transfers/(queue|job|job-works)\\.ts$' },
    ),
    forbid(
      'only-job-works-knows-both',
      'Jobs, their progress and their events are the same for pushes and exports.',
      { path: '^electron/transfers/[^/]+\\.ts$', pathNot: '^electron/transfers/job-works\\.ts$' },
      { path: '^electron/transfers/(push|export)/' },
    ),
    forbid(
      'stores-know-no-catalog',
      'Stores do not know who lists them together, or who finds an image by its name.',
      { path: '^electron/sources/', pathNot: '^electron/sources/(catalog|find)/' },
      { path: '^electron/sources/(catalog|find)/' },
    ),
    forbid(
      'catalog-and-find-are-siblings',
      'The window lists by the catalog, the command line finds by name: neither needs the other.',
      { path: '^electron/sources/(catalog|find)/' },
      { path: '^electron/sources/(catalog|find)/', pathNot: '^electron/sources/$1/' },
    ),
    forbid(
      'image-has-no-network',
      'Formats are read from bytes that others bring.',
      { path: '^electron/image/' },
      { path: '(^|/)node_modules/undici/|^(node:)?(http|https|http2|net|tls|dgram|dns)(/|$)' },
    ),
    forbid(
      'engine-knows-no-entry',
      'The engine does not know who uses it.',
      { path: engine },
      { path: '^electron/(ipc|cli|desktop)/|^electron/[^/]+\\.ts$' },
    ),
    forbid(
      'preload-imports-only-shared',
      'The preload is one small file next to the page.',
      { path: '^electron/preload\\.ts$' },
      { path: '^electron/' },
    ),
    forbid(
      'app-does-not-import-tests',
      'What is shipped does not need what tests it.',
      { path: '^(electron|renderer|shared)/' },
      { path: '^(test|build)/' },
    ),
    forbid(
      'app-uses-only-its-libraries',
      'What is shipped uses the libraries of the list and no tool.',
      { path: '^(electron|renderer|shared)/' },
      { path: '(^|/)node_modules/', pathNot: `(^|/)node_modules/(${libraries.join('|')})/` },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: { path: '^(\\.vite|out)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
