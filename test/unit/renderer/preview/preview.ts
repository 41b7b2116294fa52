import { SCENES, sceneApi } from './scenes.ts';

/** The real window over the fake main process, to look at: see look.mts next to this file. */
const query = new URLSearchParams(location.search);
const scene = SCENES.find((name) => name === query.get('scene')) ?? 'full';
const theme = query.get('theme') === 'dark' ? 'dark' : 'light';
const language = query.get('language') === 'zh-CN' ? 'zh-CN' : 'en';
window.pushboat = sceneApi(scene, { theme, language });
Object.assign(window, { fake: window.pushboat });
await import('../../../../renderer/main.tsx');
