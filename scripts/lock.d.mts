export function holdLock(file: string, onWait: () => void): Promise<{ add: (pid: number) => void; release: () => void }>;
