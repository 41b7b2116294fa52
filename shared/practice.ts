/** The practice registry that runs, and the sample image for it. */
export interface PracticeInfo {
  /** `host:port`. */
  registry: string;
  username: string;
  password: string;
  imageId: string;
  sourceId: string;
}
