/** What a person sees at the terminal while things come up: one line a step. */
export type Progress = (line: string) => void;

/** The few levels of the log that the launchers use; pino's logger fits. */
export interface LaunchLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
