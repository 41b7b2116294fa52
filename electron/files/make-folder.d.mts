export function makeFolder(path: string, mode: number): boolean;
