export function prepare(progress: (line: string) => void): Promise<void>;
