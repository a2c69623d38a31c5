/** Text from a container that is not what the programs that run there print. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
}
