/** Credentials of one request. */
export interface Credentials {
  /** The Authorization header. */
  readonly authorization?: string;
  readonly certificate?: ClientCertificate;
}

/** PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface CredentialSource {
  /**
   * The credentials for the next request. Cheap where they are known and still valid; else it may take as long as a
   * person needs to log in.
   *
   * @throws ExplainedError where there are none
   */
  current(): Promise<Credentials>;
  /** Forgets what the server has just refused; false where asking again cannot bring anything else. */
  invalidate(refused: Credentials): boolean;
  /** Ends what it may still take to get them, a credential plugin for one, and waits until that has ended. */
  close(): Promise<void>;
}
